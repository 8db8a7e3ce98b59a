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
                       .equ    READY, 0x14             @ of a slot that is programmed: READYNEXT or READY
                       .equ    SLOT_SIZE, 0x20
                       .equ    FILLED, 1
                       .equ    DONE, 2

0000 4f3f      start:  ldr     r7, =0x20000800         @ the first of two slots
0002 f000 f870 wait:   bl      feed
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
0022 f000 f82c         bl      hash
0026 f3bf 8f4f 3:      dsb                             @ all is in memory before DONE is
002a 2002              movs    r0, #DONE
002c 6038              str     r0, [r7, #STATE]
002e 2020              movs    r0, #SLOT_SIZE
0030 4047              eors    r7, r0                  @ on to the other slot
0032 e7e6              b       wait

0034 b500      erase:  push    {lr}                    @ the page at ADDRESS
0036 2002              movs    r0, #2
0038 f000 f841         bl      config
003c 68b8              ldr     r0, [r7, #ADDRESS]
003e 4931              ldr     r1, =0x4001e508         @ NVMC ERASEPAGE
0040 6008              str     r0, [r1]
0042 f000 f848         bl      ready
0046 2000              movs    r0, #0
0048 f000 f839         bl      config
004c bd00              pop     {pc}

               program:                                @ WORDS from BUFFER to ADDRESS
004e b500              push    {lr}
0050 2001              movs    r0, #1
0052 f000 f834         bl      config
0056 68b9              ldr     r1, [r7, #ADDRESS]
0058 68fa              ldr     r2, [r7, #WORDS]
005a 693b              ldr     r3, [r7, #BUFFER]
005c 697d              ldr     r5, [r7, #READY]
005e cb01      next:   ldmia   r3!, {r0}
0060 1c44              adds    r4, r0, #1
0062 d005              beq     same                    @ erased words cost nothing
0064 6008              str     r0, [r1]
0066 f000 f83e 1:      bl      feed
006a 6828              ldr     r0, [r5]
006c 0840              lsrs    r0, r0, #1
006e d3fa              bcc     1b
0070 3104      same:   adds    r1, #4
0072 3a01              subs    r2, #1
0074 d1f3              bne     next
0076 2000              movs    r0, #0
0078 f000 f821         bl      config
007c bd00              pop     {pc}

007e b5c0      hash:   push    {r6, r7, lr}            @ WORDS pages from ADDRESS, 8 bytes each to BUFFER
0080 68b8              ldr     r0, [r7, #ADDRESS]
0082 68f9              ldr     r1, [r7, #WORDS]
0084 693a              ldr     r2, [r7, #BUFFER]
0086 4690              mov     r8, r2                  @ r8 goes through the results
0088 4c1f              ldr     r4, =0x85ebca6b
008a 4d20              ldr     r5, =0x9e3779b1
008c 2711              movs    r7, #17
008e 2200      page:   movs    r2, #0
0090 43d2              mvns    r2, r2
0092 2300              movs    r3, #0
0094 4e1e              ldr     r6, =1024
0096 46b1              mov     r9, r6                  @ r9 counts the words of a page
0098 c840      word:   ldmia   r0!, {r6}
009a 4073              eors    r3, r6                  @ b = rotate((b ^ word) * 0x9e3779b1)
009c 436b              muls    r3, r5, r3
009e 41fb              rors    r3, r7
00a0 4366              muls    r6, r4, r6              @ a = rotate(a ^ word * 0x85ebca6b) * 5
00a2 4072              eors    r2, r6
00a4 41fa              rors    r2, r7
00a6 0096              lsls    r6, r2, #2
00a8 1992              adds    r2, r2, r6
00aa 464e              mov     r6, r9
00ac 3e01              subs    r6, #1
00ae 46b1              mov     r9, r6
00b0 d1f2              bne     word
00b2 4646              mov     r6, r8
00b4 c60c              stmia   r6!, {r2, r3}
00b6 46b0              mov     r8, r6
00b8 3901              subs    r1, #1
00ba d1e8              bne     page
00bc bdc0              pop     {r6, r7, pc}

00be b500      config: push    {lr}                    @ NVMC CONFIG = r0
00c0 f000 f809         bl      ready
00c4 4c13              ldr     r4, =0x4001e504
00c6 6020              str     r0, [r4]
00c8 f3bf 8f4f         dsb
00cc f3bf 8f6f         isb
00d0 f000 f801         bl      ready
00d4 bd00              pop     {pc}

00d6 b501      ready:  push    {r0, lr}                @ until NVMC READY
00d8 f000 f805 1:      bl      feed
00dc 480e              ldr     r0, =0x4001e400
00de 6800              ldr     r0, [r0]
00e0 0840              lsrs    r0, r0, #1
00e2 d3f9              bcc     1b
00e4 bd01              pop     {r0, pc}

00e6 b403      feed:   push    {r0, r1}                @ all channels of a watchdog that may be running
00e8 480c              ldr     r0, =0x40010600
00ea 490d              ldr     r1, =0x6e524635
00ec 6001              str     r1, [r0, #0]
00ee 6041              str     r1, [r0, #4]
00f0 6081              str     r1, [r0, #8]
00f2 60c1              str     r1, [r0, #12]
00f4 6101              str     r1, [r0, #16]
00f6 6141              str     r1, [r0, #20]
00f8 6181              str     r1, [r0, #24]
00fa 61c1              str     r1, [r0, #28]
00fc bc03              pop     {r0, r1}
00fe 4770              bx      lr
0100 0800 2000         .word   0x20000800
0104 e508 4001         .word   0x4001e508
0108 ca6b 85eb         .word   0x85ebca6b
010c 79b1 9e37         .word   0x9e3779b1
0110 0400 0000         .word   0x00000400
0114 e504 4001         .word   0x4001e504
0118 e400 4001         .word   0x4001e400
011c 0600 4001         .word   0x40010600
0120 4635 6e52         .word   0x6e524635
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
export const SLOT_COMMAND = 0x04; // then ADDRESS, WORDS, BUFFER, READY
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
