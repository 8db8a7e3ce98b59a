import { DISCLAIMER } from '../clone/index.ts';
import { ALL_OPTIONS, IMAGE_KINDS, writtenChoices } from '../kinds/index.ts';

/** A flag for each thing that may be chosen about clones. */
const OPTION_LINES = ALL_OPTIONS.map((option) => {
  const choices = writtenChoices(option).map((one) => (one === option.default ? `${one} (default)` : one));
  return `  ${`--${option.id} WHAT`.padEnd(26)} ${option.summary}: ${choices.join(', ')}`;
}).join('\n');

export const HELP = `Meshpress ${__VERSION__}: press clones of one provisioned Bluetooth mesh node (${IMAGE_KINDS.map(({ title }) => title).join(', ')})

PRESS
  meshpress --hex-input-file D.hex --db-input-file DB.json --hex-output-file OUT.hex [options]

  --hex-input-file D.hex     dump of the whole flash of the donor; may be given several times for parts of it;
                             .hex, .srec or .uf2, packed (.gz) or not, or .bin with --base-address
  --db-input-file DB.json    database of the network; is updated, the old one stays as DB.json.bak
  --hex-output-file OUT.hex  first clone; the next ones are OUT_1.hex, OUT_2.hex, ...
  --zip OUT.zip              everything in one zip: images, database, manifest, README
  --zip-password-file F      encrypt the zip (AES-256) with the first line of F; names of files in it stay readable. F may be
                             what another program says: --zip-password-file <(pass show mesh)
  --clone-copies N           how many clones (default 1)
  --start-node I             index of the donor in the database (default: the node the dump is of)
  --unicast-addr 0xNNNN      address of the first clone (default: the next free one); the others follow
  --node-name S              name of the first clone (default: donor's name and address, Light bulb_0011)
  --device-key HEX32         device key of the first clone (default: random); the others are random
  --csv FILE                 values for each clone: name,unicastAddress,deviceKey,UUID,label (any of them, any order)
  --allocate WHAT            highest: behind the highest address the database tells of (default); lowest: the lowest gaps
                             that fit, which a phone that was moved or a removed node may have had before
  --provisioner NAME         take addresses from the ranges of this provisioner, by name or UUID
  --complete-donor           first take into the donor's record what only its dump has: its device key in an export without
                             keys, and what an app has lost of keys, bindings,
                             publications and subscriptions
  --mesh-sdk-version V       3.2.0 or 320; a cross-check only, the dump decides
${OPTION_LINES}
  --pages                    for many clones: OUT_base.hex once, and in OUT.hex, OUT_1.hex, ... only the pages that differ
  --base-address 0xN         flash address of the first byte of a raw binary
  --show-keys                put the new device keys into the manifest of the zip
  Several kinds of node      --hex-input-file A.hex --clone-copies 10 --hex-input-file B.hex --clone-copies 5 ...
                             with more than one --clone-copies, a donor begins at the --hex-input-file behind the
                             --clone-copies of the one before. Flags of a donor: --hex-input-file, --base-address, --clone-copies,
                             --start-node, --unicast-addr, --node-name, --device-key, --csv, --mesh-sdk-version, and
                             ${ALL_OPTIONS.map(({ id }) => `--${id}`).join(', ')}.
                             All others are of the run, wherever they stand: one plan, one database, one zip with a folder a kind
  -l, --log-level 1..4       1 errors, 2 warnings, 3 what is done (default), 4 everything

NEW FIRMWARE
  meshpress update-firmware D.hex --firmware NEW.hex --output OUT.hex [--firmware-release V]
                             the node of a dump with another firmware, under its own identity: for its own board, without
                             provisioning it again. Refused where the firmware would not find the node. --firmware may be given
                             several times (SoftDevice, application), or be a dump of a board that runs it, which tells more;
                             --base-address is of a raw dump, --firmware-base-address of a raw firmware

LOOK
  meshpress --list-info DB.json                        nodes of a database, with their device keys
  meshpress inspect D.hex [--json] [--show-keys]       what a dump holds and what its firmware makes of it
  meshpress check D.hex --db-input-file DB.json [--ficr W,W,W,W] [--json]
                             which node a dump is, and everything in which it disagrees with its record; exit code 0 only
                             when all agrees. With the words of its FICR (DEVICEID, DEVICEADDR) the UUID is compared too
  meshpress check-db DB.json [--json] [--start-node I] faults of a database; exit code 1 when one is an error

DATABASES
  meshpress convert-db DB.json --to pyaci|android|ios --output NEW.json
                             as another program would store it; what it cannot hold is listed
  meshpress merge-db A.json B.json --output C.json
                             the nodes of both; conflicts are listed, A's side is kept, exit code 1
  meshpress split-range DB.json --shares K [--provisioner NAME] --output OUT.json
                             OUT.json, OUT_1.json, ...: a share of the free addresses for each bench
  meshpress read-network D.hex --output NEW.json
                             the network that a provisioner of the nRF Connect SDK keeps in its own flash: nodes and keys
  meshpress renew-uuids DB.json --output NEW.json
                             a UUID of its own for each node that has another one's, as older cloning scripts left them
  meshpress set-uuid DB.json --hex-input-file D.hex [--ficr W,W,W,W] | --node WHICH --uuid HEX32 [--output NEW.json]
                             the UUID that a board really calls itself, in place of the placeholder its record got
  meshpress device-keys DB.json --for pyaci|bluez [--from I]
                             what makes the provisioner know the nodes from index I on; prints their device keys
  meshpress recover DB.json [--finish | --discard]
                             after a run that was cut off: what is missing; put it in place; or throw it away
  meshpress db-from-dump D.hex --to pyaci|android|ios --output NEW.json [--first-free 0xNNNN] [--name S] [--network S]
                             a database of what the node holds, for a file that was lost; what it cannot know is listed
  meshpress complete-donor DB.json --hex-input-file D.hex [--output NEW.json]
                             what only the dump has of its node: device key, keys, bindings, publications, subscriptions
  meshpress remove-node DB.json --node WHICH[,WHICH] [--iv-index N] [--output NEW.json]
                             nodes that are gone; nobody gets their addresses (networkExclusions, which need --iv-index)
  meshpress reserve DB.json --addresses 0xNNNN-0xNNNN[,...] --iv-index N | --for-good [--output NEW.json]
                             addresses that were in use although the database does not say so
  meshpress add-provisioner DB.json --name S [--range 0xNNNN-0xNNNN] [--first] [--output NEW.json]
                             for a second phone or bench: with ranges and an address of its own; --first puts it in front,
                             as the file of a second PyACI needs it
  meshpress export-partial DB.json --nodes WHICH[,WHICH] --output PART.json
                             some nodes without device keys, for giving away

  WHICH node: its index (3), an address (0x0011), or its name. Without --output the database is replaced, the old one stays as DB.json.bak.

ON AIR (a development kit with the SDK's examples/serial on a serial port)
  meshpress provision --port /dev/ttyACM0 --db-input-file DB.json [--uuid HEX32] [--node-name S] [--unicast-addr 0xNNNN]
                             a device joins the network and is told what the guide tells it; run it again to go on
                             --new-network NAME [--form pyaci|android|ios]   make the database first
                             --static-oob HEX   --scan SECONDS   --iv-index N
  meshpress verify-on-air --port /dev/ttyACM0 --db-input-file DB.json [--from I] [--start-node I] [--level probe|full]
                             asks every node over the air; exit code 1 unless all are alive; goes on where it was cut off
                             --board-journal FILE   exported by the bench: asks those on boards, and says which chips
                             --anew   --json   --iv-index N
  --journal FILE             addresses used and answers heard (default: DB.json.radio); it holds no keys

  -h, --help    this text        -V, --version    the version, and on a line of its own the commit it was built from

Exit codes: 0 done, 1 refused or failed (the reason is on stderr, with its code), 2 wrong usage.
Cause and remedy of each code: in the help of the page, under "All codes".

${DISCLAIMER.join('\n')}
`;
