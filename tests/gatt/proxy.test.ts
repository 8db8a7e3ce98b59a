import { describe, expect, test } from 'vitest';
import { requests } from '../../src/mesh/access/index.ts';
import { Desk } from '../support/virtual-radio.ts';

const STACKS = ['nrf5', 'zephyr'] as const;

describe.each(STACKS)('a network behind a proxy of %s', (stack) => {
  test('answers: the proxy itself, and nodes behind it', async () => {
    const desk = new Desk();
    const proxy = desk.member(0x10, stack);
    const near = desk.member(0x20, stack, { place: 1 });
    const far = desk.member(0x30, stack, { place: 2 });
    const bearer = await desk.bearer();
    for (const [{ clone }, hops] of [
      [proxy, 1],
      [near, 2],
      [far, 3],
    ] as const) {
      const channel = await bearer.open(clone);
      const { heard, isDelivered } = await channel.ask(requests.defaultTtl());
      expect(isDelivered).toBe(true);
      expect(heard!.answer.ttl).toBe(4);
      expect(heard!.answer.ttl - heard!.ttl + 1).toBe(hops);
      const composition = await channel.ask(requests.compositionData());
      expect(composition.heard!.answer.data).toHaveLength(20);
      await channel.close();
    }
    expect(bearer.session.proxyUnicast).toBe(0x10);
  });
});
