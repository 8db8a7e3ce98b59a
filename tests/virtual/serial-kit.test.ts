/** The virtual kit against the device side of the transcripts: the same answers to the same commands. */
import { describe, expect, test } from 'vitest';
import { concatenate, toHex } from '../../src/bytes.ts';
import { confirmationInputs, deriveDeviceKey, type KitReleaseName } from '../../src/virtual/index.ts';
import { bytesOf, isFromHost, transcripts } from '../serial/transcript.ts';
import { VirtualNetwork } from '../support/virtual-network.ts';

const commands = transcripts().filter(([title]) => title.includes('commands-and-errors'));

describe.each(commands)('a virtual kit in %s', (_, { release, steps }) => {
  test.each(steps)('$call', async ({ call }) => {
    const network = new VirtualNetwork(release as KitReleaseName);
    const said: string[] = [];
    let input = new Uint8Array();
    network.kit.connect(
      (bytes) => {
        input = concatenate([input, bytes]);
        while (input.length > 0 && input.length > input[0]!) {
          said.push(toHex(input.slice(0, input[0]! + 1)));
          input = input.slice(input[0]! + 1);
        }
      },
      () => {},
    );
    for (const step of steps) {
      said.length = 0;
      const frames = step.frames.filter(isFromHost);
      for (const { hex } of frames) {
        network.kit.receive(bytesOf(hex));
        await network.clock.sleep(500);
      }
      if (frames.length === 0) network.kit.receive(Uint8Array.of(0)); // the zero length byte
      await network.clock.sleep(20);
      if (step.call !== call) continue;
      expect(said).toEqual(step.frames.filter((frame) => !isFromHost(frame)).map(({ hex }) => hex));
      return;
    }
  });
});

const derived = transcripts().filter(([, { derivation }]) => derivation?.['confirmationInputs']);

describe.each(derived)('the device key of %s', (_, { derivation, inputs, nodePublicKey, staticOob }) => {
  test('follows from the exchange', () => {
    const given = derivation!;
    const hasOob = staticOob !== undefined;
    const exchange = confirmationInputs({
      attention: Number.parseInt(given['confirmationInputs']!.slice(0, 2), 16),
      elements: Number.parseInt(given['confirmationInputs']!.slice(2, 4), 16),
      hasStaticOob: hasOob,
      method: hasOob ? 1 : 0,
      hostKey: bytesOf(inputs.hostPublicX + inputs.hostPublicY),
      nodeKey: bytesOf(nodePublicKey!),
    });
    expect(toHex(exchange)).toBe(given['confirmationInputs']);
    const [provisioner, device, secret] = ['randomProvisioner', 'randomDevice', 'ecdhSecret'].map((name) =>
      bytesOf(given[name]!),
    );
    expect(toHex(deriveDeviceKey(exchange, provisioner!, device!, secret!))).toBe(given['deviceKey']);
  });
});
