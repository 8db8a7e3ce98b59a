/**
 * The program that runs in the chip's RAM while flash is erased, written and compared: source and words side by side.
 *
 * ARMv6-M instructions only, so it runs on every Cortex-M and on the virtual one. It waits for work in two slots, taken in turns:
 * the host fills one while the program works on the other. It knows neither images nor checks; the host compares hashes.
 *
 * The right half is GNU assembler source (`.syntax unified`, `.cpu cortex-m0`, `.thumb`), the left half what the assembler makes of
 * it: address, half-words. To change it, change the right half, assemble it, and bring the left half in line.
 */
const LISTING = `
                       .equ    STATE, 0x00
                       .equ    COMMAND, 0x04
                       .equ    ADDRESS, 0x08
                       .equ    WORDS, 0x0c
                       .equ    BUFFER, 0x10
                       .equ    SLOT_SIZE, 0x20
                       .equ    FILLED, 1
                       .equ    DONE, 2

0000 4f3e      start:  ldr     r7, =0x20000800         @ the first of two slots
0002 f000 f86d wait:   bl      feed
0006 6838              ldr     r0, [r7, #STATE]
0008 2801              cmp     r0, #FILLED
000a d1fa              bne     wait
000c 687e              ldr     r6, [r7, #COMMAND]      @ a bit for each thing to do
000e 0876              lsrs    r6, r6, #1
0010 d301              bcc     1f
0012 f000 f80f         bl      erase
0016 0876      1:      lsrs    r6, r6, #1
0018 d301              bcc     2f
001a f000 f818         bl      program
001e 0876      2:      lsrs    r6, r6, #1
0020 d301              bcc     3f
0022 f000 f829         bl      hash
0026 f3bf 8f4f 3:      dsb                             @ all is in memory before DONE is
002a 2002              movs    r0, #DONE
002c 6038              str     r0, [r7, #STATE]
002e 2020              movs    r0, #SLOT_SIZE
0030 4047              eors    r7, r0                  @ on to the other slot
0032 e7e6              b       wait

0034 b500      erase:  push    {lr}                    @ the page at ADDRESS
0036 2002              movs    r0, #2
0038 f000 f83e         bl      config
003c 68b8              ldr     r0, [r7, #ADDRESS]
003e 4930              ldr     r1, =0x4001e508         @ NVMC ERASEPAGE
0040 6008              str     r0, [r1]
0042 f000 f845         bl      ready
0046 2000              movs    r0, #0
0048 f000 f836         bl      config
004c bd00              pop     {pc}

               program:                                @ WORDS from BUFFER to ADDRESS
004e b500              push    {lr}
0050 2001              movs    r0, #1
0052 f000 f831         bl      config
0056 68b9              ldr     r1, [r7, #ADDRESS]
0058 68fa              ldr     r2, [r7, #WORDS]
005a 693b              ldr     r3, [r7, #BUFFER]
005c cb01      next:   ldmia   r3!, {r0}
005e 680c              ldr     r4, [r1]
0060 42a0              cmp     r0, r4
0062 d002              beq     same                    @ erased words cost nothing
0064 6008              str     r0, [r1]
0066 f000 f833         bl      ready
006a 3104      same:   adds    r1, #4
006c 3a01              subs    r2, #1
006e d1f5              bne     next
0070 2000              movs    r0, #0
0072 f000 f821         bl      config
0076 bd00              pop     {pc}

0078 b5c0      hash:   push    {r6, r7, lr}            @ WORDS pages from ADDRESS, 8 bytes each to BUFFER
007a 68b8              ldr     r0, [r7, #ADDRESS]
007c 68f9              ldr     r1, [r7, #WORDS]
007e 693a              ldr     r2, [r7, #BUFFER]
0080 4690              mov     r8, r2                  @ r8 goes through the results
0082 4c20              ldr     r4, =0x85ebca6b
0084 4d20              ldr     r5, =0x9e3779b1
0086 2711              movs    r7, #17
0088 2200      page:   movs    r2, #0
008a 43d2              mvns    r2, r2
008c 2300              movs    r3, #0
008e 4e1f              ldr     r6, =1024
0090 46b1              mov     r9, r6                  @ r9 counts the words of a page
0092 c840      word:   ldmia   r0!, {r6}
0094 4073              eors    r3, r6                  @ b = rotate((b ^ word) * 0x9e3779b1)
0096 436b              muls    r3, r5, r3
0098 41fb              rors    r3, r7
009a 4366              muls    r6, r4, r6              @ a = rotate(a ^ word * 0x85ebca6b) * 5
009c 4072              eors    r2, r6
009e 41fa              rors    r2, r7
00a0 0096              lsls    r6, r2, #2
00a2 1992              adds    r2, r2, r6
00a4 464e              mov     r6, r9
00a6 3e01              subs    r6, #1
00a8 46b1              mov     r9, r6
00aa d1f2              bne     word
00ac 4646              mov     r6, r8
00ae c60c              stmia   r6!, {r2, r3}
00b0 46b0              mov     r8, r6
00b2 3901              subs    r1, #1
00b4 d1e8              bne     page
00b6 bdc0              pop     {r6, r7, pc}

00b8 b500      config: push    {lr}                    @ NVMC CONFIG = r0
00ba f000 f809         bl      ready
00be 4c14              ldr     r4, =0x4001e504
00c0 6020              str     r0, [r4]
00c2 f3bf 8f4f         dsb
00c6 f3bf 8f6f         isb
00ca f000 f801         bl      ready
00ce bd00              pop     {pc}

00d0 b501      ready:  push    {r0, lr}                @ until NVMC READY
00d2 f000 f805 1:      bl      feed
00d6 480f              ldr     r0, =0x4001e400
00d8 6800              ldr     r0, [r0]
00da 0840              lsrs    r0, r0, #1
00dc d3f9              bcc     1b
00de bd01              pop     {r0, pc}

00e0 b403      feed:   push    {r0, r1}                @ all channels of a watchdog that may be running
00e2 480d              ldr     r0, =0x40010600
00e4 490d              ldr     r1, =0x6e524635
00e6 6001              str     r1, [r0, #0]
00e8 6041              str     r1, [r0, #4]
00ea 6081              str     r1, [r0, #8]
00ec 60c1              str     r1, [r0, #12]
00ee 6101              str     r1, [r0, #16]
00f0 6141              str     r1, [r0, #20]
00f2 6181              str     r1, [r0, #24]
00f4 61c1              str     r1, [r0, #28]
00f6 bc03              pop     {r0, r1}
00f8 4770              bx      lr
00fa 0000              .align  2
00fc 0800 2000         .word   0x20000800
0100 e508 4001         .word   0x4001e508
0104 ca6b 85eb         .word   0x85ebca6b
0108 79b1 9e37         .word   0x9e3779b1
010c 0400 0000         .word   0x00000400
0110 e504 4001         .word   0x4001e504
0114 e400 4001         .word   0x4001e400
0118 0600 4001         .word   0x40010600
011c 4635 6e52         .word   0x6e524635
`;

/** Where things lie in RAM. 24 KB, what the smallest chip has, are enough. */
export const LOADER_START = 0x20000000;
/** The stack grows down from here, the slots up. */
export const LOADER_STACK = 0x20000800;
export const SLOTS = [0x20000800, 0x20000820] as const;
export const BUFFERS = [0x20001000, 0x20002000] as const;
/** 8 bytes a page, 256 pages at most. */
export const HASHES = 0x20003000;

/** Words of a slot, from its start. STATE is written last. */
export const SLOT_STATE = 0x00;
export const SLOT_COMMAND = 0x04; // then ADDRESS, WORDS, BUFFER
export const STATE_FILLED = 1;
export const STATE_DONE = 2;
export const COMMAND_ERASE = 1;
export const COMMAND_PROGRAM = 2;
export const COMMAND_HASH = 4;

export const loaderWords: Uint32Array = wordsOfListing(LISTING);

function wordsOfListing(listing: string): Uint32Array {
  const halfWords = [...listing.matchAll(/^[0-9a-f]{4} ((?:[0-9a-f]{4} ?)+)/gm)]
    .flatMap(([, digits]) => digits!.trim().split(' '))
    .map((digits) => Number.parseInt(digits, 16));
  return new Uint32Array(Uint16Array.from(halfWords).buffer);
}

/** What the program's `hash` makes of one page: one changed bit anywhere changes both halves. */
export function hashPage(page: Uint8Array): { readonly a: number; readonly b: number } {
  let a = 0xffffffff;
  let b = 0;
  const view = new DataView(page.buffer, page.byteOffset, page.byteLength);
  for (let at = 0; at < page.length; at += 4) {
    const word = view.getUint32(at, true);
    b = rotate(Math.imul(b ^ word, 0x9e3779b1));
    a = Math.imul(rotate(a ^ Math.imul(word, 0x85ebca6b)), 5);
  }
  return { a: a >>> 0, b: b >>> 0 };
}

/** To the right, by 17. */
const rotate = (word: number): number => (word >>> 17) | (word << 15);
