import { describe, expect, test } from 'vitest';
import { MemoryImage, UICR_START } from '../../src/image/index.ts';
import { VirtualNrf52, type ChipName } from '../../src/virtual/index.ts';

const CONFIG = 0x4001e504;
const ERASEPAGE = 0x4001e508;
const ERASEALL = 0x4001e50c;
const ERASEUICR = 0x4001e514;
const READY = 0x4001e400;
const READYNEXT = 0x4001e408;
const DHCSR = 0xe000edf0;
const DEMCR = 0xe000edfc;
const DCRSR = 0xe000edf4;
const DCRDR = 0xe000edf8;
const AIRCR = 0xe000ed0c;

const halted = (silicon: ChipName = 'nRF52832', contents = MemoryImage.empty) => {
  const chip = new VirtualNrf52({ silicon, contents });
  chip.write(DHCSR, 4, 0xa05f0003);
  return chip;
};
const wait = (chip: VirtualNrf52) => {
  while (chip.read(READY, 4) === 0) chip.timeUs += 10;
};

describe('virtual flash', () => {
  test('only takes bits from 1 to 0, and tells whoever wanted more', () => {
    const chip = halted();
    chip.write(CONFIG, 4, 1);
    chip.write(0x1000, 4, 0x0f0f0f0f);
    wait(chip);
    expect(chip.violations).toEqual([]);
    chip.write(0x1000, 4, 0xffff0000);
    expect(chip.read(0x1000, 4)).toBe(0x0f0f0000);
    expect(chip.violations).toEqual(['store to 0x00001000 needs a 0 to become 1']);
  });

  test('keeps its value without write enable', () => {
    const chip = halted();
    chip.write(0x1000, 4, 0);
    expect(chip.read(0x1000, 4)).toBe(0xffffffff);
    expect(chip.violations).toHaveLength(1);
  });

  test('faults on anything but whole words', () => {
    const chip = halted();
    chip.write(CONFIG, 4, 1);
    expect(chip.write(0x1000, 1, 0)).toBe(false);
    expect(chip.write(0x1000, 2, 0)).toBe(false);
  });

  test('erases the page an address is in, with erase enable alone', () => {
    const contents = MemoryImage.of([{ address: 0, bytes: new Uint8Array(0x3000) }]);
    const chip = halted('nRF52832', contents);
    chip.write(ERASEPAGE, 4, 0x1234);
    expect(chip.read(0x1000, 4)).toBe(0);
    chip.write(CONFIG, 4, 2);
    chip.write(ERASEPAGE, 4, 0x1234);
    expect(chip.read(READY, 4)).toBe(0);
    wait(chip);
    expect([0x0ffc, 0x1000, 0x1ffc, 0x2000].map((at) => chip.read(at, 4))).toEqual([
      0, 0xffffffff, 0xffffffff, 0,
    ]);
    expect(chip.erasures).toEqual([{ kind: 'erase-page', address: 0x1000 }]);
  });

  test('erases UICR alone, or with everything', () => {
    const contents = MemoryImage.of([
      { address: 0, bytes: new Uint8Array(4) },
      { address: UICR_START + 0x14, bytes: new Uint8Array(4) },
    ]);
    const chip = halted('nRF52832', contents);
    chip.write(CONFIG, 4, 2);
    chip.write(ERASEUICR, 4, 1);
    wait(chip);
    expect([chip.read(UICR_START + 0x14, 4), chip.read(0, 4)]).toEqual([0xffffffff, 0]);
    chip.write(ERASEALL, 4, 1);
    wait(chip);
    expect(chip.read(0, 4)).toBe(0xffffffff);
  });

  test('takes no second change while busy', () => {
    const chip = halted();
    chip.write(CONFIG, 4, 2);
    chip.write(ERASEPAGE, 4, 0);
    chip.write(CONFIG, 4, 1);
    expect(chip.read(CONFIG, 4)).toBe(2);
    expect(chip.violations).toEqual(['NVMC register 0x504 written while busy']);
  });

  test('buffers one word where the chip has READYNEXT', () => {
    for (const [silicon, next] of [
      ['nRF52832', 0],
      ['nRF52840', 1],
    ] as const) {
      const chip = halted(silicon);
      chip.write(CONFIG, 4, 1);
      chip.write(0, 4, 0);
      expect([chip.read(READY, 4), chip.read(READYNEXT, 4)], silicon).toEqual([0, next]);
    }
  });

  test('counts the writes that a block or a word may have between two erases', () => {
    for (const [silicon, limit, at] of [
      ['nRF52832', 181, (i: number) => 4 * (i % 128)],
      ['nRF52840', 2, () => 0],
    ] as const) {
      const chip = halted(silicon);
      chip.write(CONFIG, 4, 1);
      const write = (i: number) => {
        chip.write(at(i), 4, 0);
        wait(chip);
      };
      for (let i = 0; i < limit; i++) write(i);
      expect(chip.violations, silicon).toEqual([]);
      write(0);
      expect(chip.violations, silicon).toHaveLength(1);
      chip.write(CONFIG, 4, 2);
      chip.write(ERASEPAGE, 4, 0);
      wait(chip);
      chip.write(CONFIG, 4, 1);
      write(0);
      expect(chip.violations, silicon).toHaveLength(1);
    }
  });

  test('is left half erased when the power goes meanwhile, and whole when it goes after', () => {
    const contents = MemoryImage.of([{ address: 0, bytes: new Uint8Array(0x2000) }]);
    for (const [passed, whole] of [
      [100, false],
      [3000, true],
    ] as const) {
      const chip = halted('nRF52832', contents);
      chip.write(CONFIG, 4, 2);
      chip.write(ERASEPAGE, 4, 0);
      chip.timeUs += passed;
      chip.powerOff();
      chip.powerOn();
      const page = chip.flash.subarray(0, 0x1000);
      expect(page.every((byte) => byte === 0xff)).toBe(whole);
      expect(page.some((byte) => byte !== 0)).toBe(true);
      expect(chip.flash.subarray(0x1000, 0x2000).every((byte) => byte === 0)).toBe(true);
    }
  });

  test('loses the word that had not begun when the power goes', () => {
    const chip = halted('nRF52832');
    chip.write(CONFIG, 4, 1);
    chip.write(0, 4, 0);
    chip.write(4, 4, 0); // stalls until the first is done
    chip.timeUs += 70;
    chip.powerOff();
    expect(new Uint32Array(chip.flash.buffer, 0, 1)[0]).toBe(0);
    chip.powerOff();
    expect(new Uint32Array(chip.flash.buffer, 4, 1)[0]).not.toBe(0);
  });
});

describe('protection of the debug port', () => {
  const uicr = (value: number) =>
    MemoryImage.of([
      { address: 0, bytes: new Uint8Array(8) },
      { address: UICR_START + 0x208, bytes: Uint8Array.of(value, 0xff, 0xff, 0xff) },
    ]);
  test.each([
    ['nRF52832', 0xff, false, false],
    ['nRF52832', 0x00, false, true],
    ['nRF52832', 0x5a, true, false],
    ['nRF52832-rev3', 0xff, true, true],
    ['nRF52832-rev3', 0x5a, false, true],
    ['nRF52832-rev3', 0x5a, true, false],
    ['nRF52832-rev3', 0x00, true, true],
  ] as const)(
    '%s with APPROTECT %i, firmware unlocks %s: locked %s',
    (silicon, value, firmwareUnlocks, isLocked) => {
      const chip = new VirtualNrf52({ silicon, contents: uicr(value), firmwareUnlocks });
      chip.advance(1_000); // start-up code has run by then
      expect(chip.locked).toBe(isLocked);
    },
  );

  test('a word written now protects from the next reset on', () => {
    const chip = halted('nRF52832');
    chip.write(CONFIG, 4, 1);
    chip.write(UICR_START + 0x208, 4, 0xffffff00);
    wait(chip);
    expect(chip.locked).toBe(false);
    chip.write(AIRCR, 4, 0x05fa0004);
    expect(chip.locked).toBe(true);
  });

  test('newer silicon that was opened by an erase closes with the next reset', () => {
    const chip = new VirtualNrf52({ silicon: 'nRF52832-rev3' });
    chip.eraseEverything();
    expect(chip.locked).toBe(false);
    chip.timeUs += 1e6;
    chip.holdReset(true, 'control-port');
    chip.holdReset(false, 'control-port');
    expect(chip.locked).toBe(true);
  });
});

describe('the virtual core', () => {
  const firmware = MemoryImage.of([
    { address: 0, bytes: Uint8Array.of(0x00, 0x00, 0x01, 0x20, 0xd5, 0x06, 0x00, 0x00) },
  ]);

  test('is found at its reset vector when a reset is caught', () => {
    const chip = halted('nRF52832', firmware);
    chip.write(DEMCR, 4, 1);
    chip.write(AIRCR, 4, 0x05fa0004);
    expect(chip.core.halted).toBe(true);
    chip.write(DCRSR, 4, 15);
    expect(chip.read(DCRDR, 4)).toBe(0x6d4);
    chip.write(DCRSR, 4, 13);
    expect(chip.read(DCRDR, 4)).toBe(0x20010000);
  });

  test('runs on through a reset that nobody catches', () => {
    const chip = halted('nRF52832', firmware);
    chip.write(AIRCR, 4, 0x05fa0004);
    expect(chip.core.halted).toBe(false);
    expect(chip.read(DHCSR, 4)! & (1 << 25)).not.toBe(0);
    expect(chip.read(DHCSR, 4)! & (1 << 25)).toBe(0); // reading clears it
  });

  test('locks up on a blank chip and halts all the same', () => {
    const chip = new VirtualNrf52();
    expect(chip.read(DHCSR, 4)! & (1 << 19)).not.toBe(0);
    chip.write(DHCSR, 4, 0xa05f0003);
    expect(chip.core.halted).toBe(true);
  });

  test('ignores debug commands without the key', () => {
    const chip = new VirtualNrf52();
    chip.write(DHCSR, 4, 0x00000003);
    expect(chip.core.halted).toBe(false);
  });
});
