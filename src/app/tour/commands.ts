/**
 * Commands of interactive PyACI that lead from a blank board to a donor, and from its clones to light.
 *
 * Source: scripts/interactive_pyaci/README.md and doc/demo_configuration.md of the nRF5 SDK for Mesh, 2.0.0 to 5.0.0; the order
 * is that of the guide "Mass Provisioning of Nordic BLE Mesh Nodes".
 */
import { unicast } from '../text/words.ts';

/** Where PyACI is in each release of the SDK. */
export const PYACI_PLACES = [
  {
    releases: '2.0.0 to 5.0.0',
    pyaci: 'scripts/interactive_pyaci/',
    firmware: 'examples/serial/',
    says: 'Database in its folder database/. Python 3, of which older releases name 3.5.',
  },
  {
    releases: '1.0.0, 1.0.1',
    pyaci: 'scripts/interactive_pyaci/',
    firmware: 'examples/serial/',
    says: 'Keeps no database, so device keys are lost. Provision with PyACI and serial example of a later release.',
  },
] as const;

/** One board runs the serial example, the other one the firmware to be cloned. */
export const PROVISION_COMMANDS = [
  {
    tool: 'Shell',
    commands: [
      'cd scripts/interactive_pyaci',
      'pip install -r requirements.txt',
      'python interactive_pyaci.py -d /dev/ttyACM0',
    ],
  },
  {
    tool: 'Provision',
    commands: [
      'db = MeshDB("database/example_database.json")',
      'p = Provisioner(device, db)',
      'p.scan_start()',
      '# once it has printed a UUID:',
      'p.scan_stop()',
      'p.provision(name="light")',
    ],
  },
  {
    tool: 'Configure',
    commands: [
      'cc = ConfigurationClient(db)',
      'device.model_add(cc)',
      '# the two handles that provisioning printed:',
      'cc.publish_set(8, 0)',
      'cc.composition_data_get()',
      'cc.appkey_add(0)',
      'cc.model_app_bind(db.nodes[-1].unicast_address, 0, mt.ModelId(0x1000))',
    ],
  },
] as const;

/** Put the new database in place, and switch the first clone on if it is a light. */
export const switchOnCommands = (database: string, clone: number) => [
  {
    tool: 'Database',
    commands: [`cp ${shellWord(database)} scripts/interactive_pyaci/database/example_database.json`],
  },
  {
    tool: 'Switch on',
    commands: [
      'db = MeshDB("database/example_database.json")',
      'p = Provisioner(device, db)',
      `device.send(cmd.AddrPublicationAdd(${unicast(clone)}))`,
      'gc = GenericOnOffClient()',
      'device.model_add(gc)',
      '# handle of the application key, handle of the address:',
      'gc.publish_set(0, 0)',
      'gc.set(True)',
    ],
  },
];

/** One word for a shell of Unix, quoted where it is more than a plain name. */
const shellWord = (text: string): string =>
  /^\w[\w.-]*$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
