/**
 * The program that runs in the chip's RAM while flash is erased, written and compared: source and words side by side.
 *
 * ARMv6-M instructions only, so it runs on every Cortex-M and on the virtual one. It waits for work in two slots, taken in turns:
 * the host fills one while the program works on the other. It knows neither images nor what is done with a page that it refuses:
 * the host compares hashes.
 *
 * A page may come packed: as a deflate stream (RFC 1951) that may also repeat what stands in flash before it. It is unpacked
 * into RAM, and what does not have the hash that was announced for it is neither erased nor programmed. Whatever a stream says, nothing is
 * written outside of PAGE, LENGTHS and the two codes, and nothing is read from behind the packed bytes. Branches of the page, and of what it
 * repeats, may be absolute in the stream (clone/thumb-branches.ts says which): then they are relative again before the page is hashed.
 *
 * The right half is GNU assembler source (`.syntax unified`, `.cpu cortex-m0`, `.thumb`), the left half what an assembler makes of
 * it: address, half-words. To change it, change the right half: the test of the listing shows the left half that it wants, and GNU as
 * makes the same.
 * Long because it is one program.
 */
export const LISTING = `
                       .equ    STATE, 0x00
                       .equ    COMMAND, 0x04
                       .equ    ADDRESS, 0x08
                       .equ    WORDS, 0x0c
                       .equ    BUFFER, 0x10
                       .equ    READY, 0x14             @ of a slot that is programmed: READYNEXT or READY
                       .equ    LENGTH, 0x14            @ of one that is hashed: bytes that are hashed together
                       .equ    HISTORY, 0x18           @ of a slot that is unpacked, with HASH_A and HASH_B
                       .equ    HASH_A, 0x1c
                       .equ    HASH_B, 0x20
                       .equ    SLOT_SIZE, 0x40
                       .equ    FILLED, 1
                       .equ    DONE, 2
                       .equ    BRANCHES, 5             @ the bit of COMMAND that says so, counted from 1
                       .equ    REFUSED, 0x20000880     @ how many pages were not what their hash says, and which
                       .equ    PAGE, 0x20004000        @ where a page is unpacked
                       .equ    PAGE_END, 0x20005000
                       .equ    LENGTHS, 0x20003800     @ a byte for each symbol: 288 and 32
                       .equ    CODES, 0x20005000       @ a code: what 9 bits say, 512 half-words; how many symbols have each
                       .equ    DISTANCES, 0x20005680   @ length, 16; the symbols, 288; where those of a length begin, 16
                       .equ    COUNTS, 0x400
                       .equ    STARTS_FROM_COUNTS, 0x260

0000 4f42      start:  ldr     r7, =0x20000800         @ the first of two slots
0002 f000 f875 wait:   bl      feed
0006 6838              ldr     r0, [r7, #STATE]
0008 2801              cmp     r0, #FILLED
000a d1fa              bne     wait
000c 687e              ldr     r6, [r7, #COMMAND]      @ a bit for each thing to do
000e 0876              lsrs    r6, r6, #1
0010 d301              bcc     1f
0012 f000 f88b         bl      unpack                  @ r6 is 0 afterwards where the page is refused
0016 0876      1:      lsrs    r6, r6, #1
0018 d301              bcc     2f
001a f000 f80f         bl      erase
001e 0876      2:      lsrs    r6, r6, #1
0020 d301              bcc     3f
0022 f000 f818         bl      program
0026 0876      3:      lsrs    r6, r6, #1
0028 d301              bcc     4f
002a f000 f82c         bl      hash
002e f3bf 8f4f 4:      dsb                             @ all is in memory before DONE is
0032 2002              movs    r0, #DONE
0034 6038              str     r0, [r7, #STATE]
0036 2040              movs    r0, #SLOT_SIZE
0038 4047              eors    r7, r0                  @ on to the other slot
003a e7e2              b       wait

003c b500      erase:  push    {lr}                    @ the page at ADDRESS
003e 2002              movs    r0, #2
0040 f000 f842         bl      config
0044 68b8              ldr     r0, [r7, #ADDRESS]
0046 4932              ldr     r1, =0x4001e508         @ NVMC ERASEPAGE
0048 6008              str     r0, [r1]
004a f000 f849         bl      ready
004e 2000              movs    r0, #0
0050 f000 f83a         bl      config
0054 bd00              pop     {pc}

               program:                                @ WORDS from BUFFER to ADDRESS
0056 b500              push    {lr}
0058 2001              movs    r0, #1
005a f000 f835         bl      config
005e 68b9              ldr     r1, [r7, #ADDRESS]
0060 68fa              ldr     r2, [r7, #WORDS]
0062 693b              ldr     r3, [r7, #BUFFER]
0064 697d              ldr     r5, [r7, #READY]
0066 cb01      next:   ldmia   r3!, {r0}
0068 1c44              adds    r4, r0, #1
006a d005              beq     same                    @ erased words cost nothing
006c 6008              str     r0, [r1]
006e f000 f83f 1:      bl      feed
0072 6828              ldr     r0, [r5]
0074 0840              lsrs    r0, r0, #1
0076 d3fa              bcc     1b
0078 3104      same:   adds    r1, #4
007a 3a01              subs    r2, #1
007c d1f3              bne     next
007e 2000              movs    r0, #0
0080 f000 f822         bl      config
0084 bd00              pop     {pc}

0086 b540      hash:   push    {r6, lr}                @ WORDS times LENGTH from ADDRESS, 8 bytes each to BUFFER
0088 68b8              ldr     r0, [r7, #ADDRESS]
008a 68f9              ldr     r1, [r7, #WORDS]
008c 693e              ldr     r6, [r7, #BUFFER]
008e 697a      1:      ldr     r2, [r7, #LENGTH]
0090 1882              adds    r2, r0, r2
0092 f000 f804         bl      digest
0096 c60c              stmia   r6!, {r2, r3}
0098 3901              subs    r1, #1
009a d1f8              bne     1b
009c bd40              pop     {r6, pc}

009e b4f0      digest: push    {r4-r7}                 @ of what is from r0, which moves on, to r2, to r2 and r3
00a0 4694              mov     r12, r2
00a2 4c1c              ldr     r4, =0x85ebca6b
00a4 4d1c              ldr     r5, =0x9e3779b1
00a6 2711              movs    r7, #17
00a8 2200              movs    r2, #0
00aa 43d2              mvns    r2, r2
00ac 2300              movs    r3, #0
00ae c840      word:   ldmia   r0!, {r6}
00b0 4073              eors    r3, r6                  @ b = rotate((b ^ word) * 0x9e3779b1)
00b2 436b              muls    r3, r5, r3
00b4 41fb              rors    r3, r7
00b6 4366              muls    r6, r4, r6              @ a = rotate(a ^ word * 0x85ebca6b) * 5
00b8 4072              eors    r2, r6
00ba 41fa              rors    r2, r7
00bc 0096              lsls    r6, r2, #2
00be 1992              adds    r2, r2, r6
00c0 4560              cmp     r0, r12
00c2 d1f4              bne     word
00c4 bcf0              pop     {r4-r7}
00c6 4770              bx      lr

00c8 b500      config: push    {lr}                    @ NVMC CONFIG = r0
00ca f000 f809         bl      ready
00ce 4c13              ldr     r4, =0x4001e504
00d0 6020              str     r0, [r4]
00d2 f3bf 8f4f         dsb
00d6 f3bf 8f6f         isb
00da f000 f801         bl      ready
00de bd00              pop     {pc}

00e0 b501      ready:  push    {r0, lr}                @ until NVMC READY
00e2 f000 f805 1:      bl      feed
00e6 480e              ldr     r0, =0x4001e400
00e8 6800              ldr     r0, [r0]
00ea 0840              lsrs    r0, r0, #1
00ec d3f9              bcc     1b
00ee bd01              pop     {r0, pc}

00f0 b403      feed:   push    {r0, r1}                @ all channels of a watchdog that may be running
00f2 480c              ldr     r0, =0x40010600
00f4 490c              ldr     r1, =0x6e524635
00f6 6001              str     r1, [r0, #0]
00f8 6041              str     r1, [r0, #4]
00fa 6081              str     r1, [r0, #8]
00fc 60c1              str     r1, [r0, #12]
00fe 6101              str     r1, [r0, #16]
0100 6141              str     r1, [r0, #20]
0102 6181              str     r1, [r0, #24]
0104 61c1              str     r1, [r0, #28]
0106 bc03              pop     {r0, r1}
0108 4770              bx      lr
                       .ltorg
010a 46c0              nop                             @ constant
010c 0800 2000         .word   0x20000800              @ constant
0110 e508 4001         .word   0x4001e508              @ constant
0114 ca6b 85eb         .word   0x85ebca6b              @ constant
0118 79b1 9e37         .word   0x9e3779b1              @ constant
011c e504 4001         .word   0x4001e504              @ constant
0120 e400 4001         .word   0x4001e400              @ constant
0124 0600 4001         .word   0x40010600              @ constant
0128 4635 6e52         .word   0x6e524635              @ constant

                                                       @ Deflate, RFC 1951. All the way r4 goes through the packed bytes, r5 holds bits of
                                                       @ them, r6 says how many, r7 goes through the page, r8 is the stack to go back to,
                                                       @ r9 the end of the packed bytes, r10 leads from the page to what stood before it,
                                                       @ and r11 is the end of the page.
012c b5c0      unpack: push    {r6, r7, lr}            @ WORDS from BUFFER, which is the page afterwards
012e f7ff ffdf         bl      feed
0132 46e8              mov     r8, sp
0134 693c              ldr     r4, [r7, #BUFFER]
0136 68f8              ldr     r0, [r7, #WORDS]
0138 0080              lsls    r0, r0, #2
013a 1820              adds    r0, r4, r0
013c 4681              mov     r9, r0
013e 69b8              ldr     r0, [r7, #HISTORY]
0140 4fb2              ldr     r7, =PAGE
0142 1bc0              subs    r0, r0, r7
0144 4682              mov     r10, r0
0146 2500              movs    r5, #0
0148 2600              movs    r6, #0
014a 2001      block:  movs    r0, #1                  @ of a block: is it the last one, its kind
014c f000 f978         bl      take
0150 b401              push    {r0}
0152 2002              movs    r0, #2
0154 f000 f974         bl      take
0158 2801              cmp     r0, #1
015a d328              blo     stored
015c d100              bne     1f
015e e041              b       fixed
0160 2802      1:      cmp     r0, #2
0162 d13e              bne     bad
0164 e058              b       dynamic
0166 bc01      ended:  pop     {r0}
0168 0840              lsrs    r0, r0, #1
016a d3ee              bcc     block
016c 9f01              ldr     r7, [sp, #4]            @ the slot
016e 6878              ldr     r0, [r7, #COMMAND]
0170 0940              lsrs    r0, r0, #BRANCHES
0172 d301              bcc     1f
0174 f000 fa0a         bl      relative
0178 48a4      1:      ldr     r0, =PAGE
017a 4aa5              ldr     r2, =PAGE_END
017c f7ff ff8f         bl      digest
0180 bcc0              pop     {r6, r7}
0182 69f8              ldr     r0, [r7, #HASH_A]
0184 4290              cmp     r0, r2
0186 d109              bne     1f
0188 6a38              ldr     r0, [r7, #HASH_B]
018a 4298              cmp     r0, r3
018c d106              bne     1f
018e 489f              ldr     r0, =PAGE
0190 6138              str     r0, [r7, #BUFFER]
0192 48a0              ldr     r0, =1024
0194 60f8              str     r0, [r7, #WORDS]
0196 bd00              pop     {pc}
0198 46c5      refuse: mov     sp, r8                  @ from wherever it was noticed
019a bcc0              pop     {r6, r7}
019c 489e      1:      ldr     r0, =REFUSED
019e 6801              ldr     r1, [r0]
01a0 3101              adds    r1, #1
01a2 6001              str     r1, [r0]
01a4 0089              lsls    r1, r1, #2
01a6 68ba              ldr     r2, [r7, #ADDRESS]
01a8 5042              str     r2, [r0, r1]
01aa 2600              movs    r6, #0
01ac bd00              pop     {pc}

01ae 2007      stored: movs    r0, #7                  @ from the next whole byte
01b0 4030              ands    r0, r6
01b2 40c5              lsrs    r5, r0
01b4 1a36              subs    r6, r6, r0
01b6 2010              movs    r0, #16
01b8 f000 f942         bl      take
01bc 0001              movs    r1, r0
01be 2010              movs    r0, #16
01c0 f000 f93e         bl      take
01c4 4048              eors    r0, r1
01c6 3001              adds    r0, #1
01c8 0c00              lsrs    r0, r0, #16
01ca d00a              beq     bad                     @ the second is the complement of the first
01cc 3901      1:      subs    r1, #1
01ce d4ca              bmi     ended
01d0 2008              movs    r0, #8
01d2 f000 f935         bl      take
01d6 4a8e              ldr     r2, =PAGE_END
01d8 4297              cmp     r7, r2
01da d202              bhs     bad
01dc 7038              strb    r0, [r7]
01de 3701              adds    r7, #1
01e0 e7f4              b       1b
01e2 e7d9      bad:    b       refuse

01e4 4a8d      fixed:  ldr     r2, =LENGTHS
01e6 2090              movs    r0, #144
01e8 2108              movs    r1, #8
01ea f000 f961         bl      spread
01ee 2070              movs    r0, #112
01f0 2109              movs    r1, #9
01f2 f000 f95d         bl      spread
01f6 2018              movs    r0, #24
01f8 2107              movs    r1, #7
01fa f000 f959         bl      spread
01fe 2008              movs    r0, #8
0200 2108              movs    r1, #8
0202 f000 f955         bl      spread
0206 2020              movs    r0, #32
0208 2105              movs    r1, #5
020a f000 f951         bl      spread
020e 2020              movs    r0, #32
0210 b401              push    {r0}
0212 4883              ldr     r0, =288
0214 b401              push    {r0}
0216 e05a              b       both

               dynamic:
0218 2005              movs    r0, #5                  @ how many lengths: of distances, of literals, of the code they are written in
021a f000 f911         bl      take
021e 4981              ldr     r1, =257
0220 1841              adds    r1, r0, r1
0222 2005              movs    r0, #5
0224 f000 f90c         bl      take
0228 3001              adds    r0, #1
022a b401              push    {r0}
022c b402              push    {r1}
022e 2004              movs    r0, #4
0230 f000 f906         bl      take
0234 3004              adds    r0, #4
0236 b401              push    {r0}
0238 4a78              ldr     r2, =LENGTHS
023a 2013              movs    r0, #19
023c 2100              movs    r1, #0
023e f000 f937         bl      spread
0242 2100              movs    r1, #0
0244 2003      1:      movs    r0, #3
0246 f000 f8fb         bl      take
024a a278              adr     r2, order
024c 5c52              ldrb    r2, [r2, r1]
024e 4b73              ldr     r3, =LENGTHS
0250 5498              strb    r0, [r3, r2]
0252 3101              adds    r1, #1
0254 9800              ldr     r0, [sp, #0]
0256 4281              cmp     r1, r0
0258 d3f4              blo     1b
025a bc01              pop     {r0}
025c 496c              ldr     r1, =CODES
025e 4a6f              ldr     r2, =LENGTHS
0260 2313              movs    r3, #19
0262 f000 f92a         bl      build
0266 9800              ldr     r0, [sp, #0]
0268 9901              ldr     r1, [sp, #4]
026a 4a6c              ldr     r2, =LENGTHS
026c 1840              adds    r0, r0, r1
026e 1880              adds    r0, r0, r2
0270 b401              push    {r0}                    @ where the lengths end
0272 b404              push    {r2}                    @ where the next one goes
0274 4966      2:      ldr     r1, =CODES
0276 f000 f8f1         bl      symbol
027a 2810              cmp     r0, #16
027c d203              bhs     3f
027e 9a00              ldr     r2, [sp, #0]            @ itself
0280 7010              strb    r0, [r2]
0282 3201              adds    r2, #1
0284 e01e              b       7f
0286 d10a      3:      bne     4f
0288 9a00              ldr     r2, [sp, #0]            @ 16: the one before, again
028a 4b64              ldr     r3, =LENGTHS
028c 429a              cmp     r2, r3
028e d0a8              beq     bad
0290 3a01              subs    r2, #1
0292 7811              ldrb    r1, [r2]
0294 2002              movs    r0, #2
0296 f000 f8d3         bl      take
029a 3003              adds    r0, #3
029c e00b              b       6f
029e 2100      4:      movs    r1, #0                  @ 17 and 18: none
02a0 2811              cmp     r0, #17
02a2 d104              bne     5f
02a4 2003              movs    r0, #3
02a6 f000 f8cb         bl      take
02aa 3003              adds    r0, #3
02ac e003              b       6f
02ae 2007      5:      movs    r0, #7
02b0 f000 f8c6         bl      take
02b4 300b              adds    r0, #11
02b6 9a00      6:      ldr     r2, [sp, #0]
02b8 9b01              ldr     r3, [sp, #4]
02ba 1a9b              subs    r3, r3, r2
02bc 4298              cmp     r0, r3
02be d838              bhi     worse
02c0 f000 f8f6         bl      spread
02c4 9200      7:      str     r2, [sp, #0]
02c6 9b01              ldr     r3, [sp, #4]
02c8 429a              cmp     r2, r3
02ca d3d3              blo     2b
02cc b002              add     sp, #8
02ce 4950      both:   ldr     r1, =CODES              @ on the stack: how many lengths of literals, of distances
02d0 4a52              ldr     r2, =LENGTHS
02d2 9b00              ldr     r3, [sp, #0]
02d4 f000 f8f1         bl      build
02d8 4a50              ldr     r2, =LENGTHS
02da bc08              pop     {r3}
02dc 18d2              adds    r2, r2, r3
02de 4952              ldr     r1, =DISTANCES
02e0 bc08              pop     {r3}
02e2 f000 f8ea         bl      build

02e6 484a              ldr     r0, =PAGE_END
02e8 4683              mov     r11, r0
02ea 4949              ldr     r1, =CODES              @ what symbol does, without a call
02ec e00c              b       literal
02ee 05ea      1:      lsls    r2, r5, #23
02f0 0d92              lsrs    r2, r2, #22
02f2 5a88              ldrh    r0, [r1, r2]
02f4 0a42              lsrs    r2, r0, #9
02f6 d018              beq     9f
02f8 40d5              lsrs    r5, r2
02fa 1ab6              subs    r6, r6, r2
02fc 0602      2:      lsls    r2, r0, #24             @ bit 8 goes into the carry: it is no literal
02fe d21a              bcs     3f
0300 455f              cmp     r7, r11
0302 d216              bhs     worse
0304 7038              strb    r0, [r7]
0306 3701              adds    r7, #1
               literal:
0308 2e0f              cmp     r6, #15
030a d2f0              bhs     1b
030c 454c      7:      cmp     r4, r9                  @ what fill does
030e d205              bhs     8f
0310 8822              ldrh    r2, [r4]
0312 3402              adds    r4, #2
0314 40b2              lsls    r2, r6
0316 4315              orrs    r5, r2
0318 3610              adds    r6, #16
031a e7e8              b       1b
031c f000 f865 8:      bl      fill
0320 e7e5              b       1b
0322 493b      item:   ldr     r1, =CODES
0324 2e0f              cmp     r6, #15
0326 d2e2              bhs     1b
0328 e7f0              b       7b
032a f000 f897 9:      bl      symbol
032e 4938              ldr     r1, =CODES
0330 e7e4              b       2b
0332 e731      worse:  b       refuse
0334 e717      over:   b       ended
0336 0e10      3:      lsrs    r0, r2, #24
0338 d0fc              beq     over
033a 3801              subs    r0, #1                  @ how long a match is, to r3
033c 281c              cmp     r0, #28
033e d8f8              bhi     worse
0340 d00e              beq     4f
0342 1cc3              adds    r3, r0, #3
0344 2808              cmp     r0, #8
0346 d30d              blo     5f
0348 0881              lsrs    r1, r0, #2
034a 3901              subs    r1, #1
034c 2303              movs    r3, #3
034e 4003              ands    r3, r0
0350 3304              adds    r3, #4
0352 408b              lsls    r3, r1
0354 3303              adds    r3, #3
0356 0008              movs    r0, r1
0358 f000 f872         bl      take
035c 181b              adds    r3, r3, r0
035e e001              b       5f
0360 23ff      4:      movs    r3, #255
0362 3303              adds    r3, #3
0364 b408      5:      push    {r3}
0366 4930              ldr     r1, =DISTANCES
0368 f000 f878         bl      symbol
036c 281d              cmp     r0, #29
036e d8e0              bhi     worse
0370 2804              cmp     r0, #4
0372 d310              blo     6f
0374 0841              lsrs    r1, r0, #1
0376 3901              subs    r1, #1
0378 2301              movs    r3, #1
037a 4003              ands    r3, r0
037c 3302              adds    r3, #2
037e 408b              lsls    r3, r1
0380 428e              cmp     r6, r1                  @ what take does, without a call
0382 d201              bhs     1f
0384 f000 f831         bl      fill
0388 2201      1:      movs    r2, #1
038a 408a              lsls    r2, r1
038c 3a01              subs    r2, #1
038e 402a              ands    r2, r5
0390 40cd              lsrs    r5, r1
0392 1a76              subs    r6, r6, r1
0394 1898              adds    r0, r3, r2
0396 3001      6:      adds    r0, #1                  @ how far back it lies
0398 bc02              pop     {r1}
039a 465a              mov     r2, r11
039c 1bd2              subs    r2, r2, r7
039e 4291              cmp     r1, r2
03a0 d8c7              bhi     worse
03a2 1a3a              subs    r2, r7, r0
03a4 4b19              ldr     r3, =PAGE
03a6 1a9b              subs    r3, r3, r2
03a8 d917              bls     8f
03aa 4650              mov     r0, r10                 @ r3 bytes of it in what stood before the page
03ac 1880              adds    r0, r0, r2
03ae d4c0              bmi     worse                   @ or before all flash
03b0 428b              cmp     r3, r1
03b2 d900              bls     7f
03b4 000b              movs    r3, r1
03b6 1ac9      7:      subs    r1, r1, r3
03b8 18c0              adds    r0, r0, r3
03ba 18ff              adds    r7, r7, r3
03bc 425b              rsbs    r3, r3, #0
03be 9a02              ldr     r2, [sp, #8]            @ the slot
03c0 6852              ldr     r2, [r2, #COMMAND]
03c2 0952              lsrs    r2, r2, #BRANCHES
03c4 d302              bcc     1f
03c6 f000 f8fc         bl      absolute
03ca e003              b       9f
03cc 5cc2      1:      ldrb    r2, [r0, r3]
03ce 54fa              strb    r2, [r7, r3]
03d0 3301              adds    r3, #1
03d2 d1fb              bne     1b
03d4 4a0d      9:      ldr     r2, =PAGE
03d6 2900              cmp     r1, #0
03d8 d0a3              beq     item
03da 1852      8:      adds    r2, r2, r1
03dc 187f              adds    r7, r7, r1
03de 4249              rsbs    r1, r1, #0
03e0 5c50      1:      ldrb    r0, [r2, r1]
03e2 5478              strb    r0, [r7, r1]
03e4 3101              adds    r1, #1
03e6 d1fb              bne     1b
03e8 e79b              b       item

03ea 2e10      fill:   cmp     r6, #16                 @ so many bits or more into r5; r2 is lost
03ec d206              bhs     2f
03ee 454c              cmp     r4, r9
03f0 d205              bhs     3f
03f2 8822              ldrh    r2, [r4]
03f4 3402      1:      adds    r4, #2
03f6 40b2              lsls    r2, r6
03f8 4315              orrs    r5, r2
03fa 3610              adds    r6, #16
03fc 4770      2:      bx      lr
03fe 464a      3:      mov     r2, r9                  @ noughts behind the end, but not for long
0400 3208              adds    r2, #8
0402 4294              cmp     r4, r2
0404 d201              bhs     worst
0406 2200              movs    r2, #0
0408 e7f4              b       1b
040a e6c5      worst:  b       refuse
                       .ltorg
040c 4000 2000         .word   0x20004000              @ constant
0410 5000 2000         .word   0x20005000              @ constant
0414 0400 0000         .word   0x00000400              @ constant
0418 0880 2000         .word   0x20000880              @ constant
041c 3800 2000         .word   0x20003800              @ constant
0420 0120 0000         .word   0x00000120              @ constant
0424 0101 0000         .word   0x00000101              @ constant
0428 5680 2000         .word   0x20005680              @ constant
042c 1110 0012 order:  .word   0x00121110              @ 16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15
0430 0708 0609         .word   0x06090708
0434 050a 040b         .word   0x040b050a
0438 030c 020d         .word   0x020d030c
043c 010e 000f         .word   0x000f010e

0440 4286      take:   cmp     r6, r0                  @ r0 bits, 16 at most, to r0; r2 is lost
0442 d203              bhs     1f
0444 46f4              mov     r12, lr
0446 f7ff ffd0         bl      fill
044a 46e6              mov     lr, r12
044c 2201      1:      movs    r2, #1
044e 4082              lsls    r2, r0
0450 3a01              subs    r2, #1
0452 402a              ands    r2, r5
0454 40c5              lsrs    r5, r0
0456 1a36              subs    r6, r6, r0
0458 0010              movs    r0, r2
045a 4770              bx      lr

045c 46f4      symbol: mov     r12, lr                 @ the next one in the code at r1, to r0; r1 to r3 are lost
045e 2e0f              cmp     r6, #15
0460 d201              bhs     1f
0462 f7ff ffc2         bl      fill
0466 05ea      1:      lsls    r2, r5, #23
0468 0d92              lsrs    r2, r2, #22
046a 5a88              ldrh    r0, [r1, r2]
046c 0a42              lsrs    r2, r0, #9
046e d004              beq     2f
0470 40d5              lsrs    r5, r2
0472 1ab6              subs    r6, r6, r2
0474 05c0              lsls    r0, r0, #23
0476 0dc0              lsrs    r0, r0, #23
0478 4760              bx      r12
047a 4a74      2:      ldr     r2, =COUNTS             @ longer than 9 bits, or none: bit by bit from there
047c 1889              adds    r1, r1, r2
047e b402              push    {r1}
0480 880b              ldrh    r3, [r1]                @ symbols that are shorter; r0 is how far behind the first of its length
0482 3112              adds    r1, #18
0484 3e09              subs    r6, #9
0486 0a6d              lsrs    r5, r5, #9
0488 3e01      3:      subs    r6, #1
048a 086d              lsrs    r5, r5, #1
048c 4140              adcs    r0, r0
048e 3102              adds    r1, #2
0490 880a              ldrh    r2, [r1]
0492 4290              cmp     r0, r2
0494 d306              blo     4f
0496 1a80              subs    r0, r0, r2
0498 189b              adds    r3, r3, r2
049a 9a00              ldr     r2, [sp, #0]
049c 321e              adds    r2, #30
049e 4291              cmp     r1, r2
04a0 d3f2              blo     3b
04a2 e679              b       refuse
04a4 18c0      4:      adds    r0, r0, r3
04a6 0040              lsls    r0, r0, #1
04a8 bc02              pop     {r1}
04aa 1840              adds    r0, r0, r1
04ac 8c00              ldrh    r0, [r0, #32]
04ae 4760              bx      r12

04b0 7011      spread: strb    r1, [r2]                @ r0 times r1 from r2, which moves on
04b2 3201              adds    r2, #1
04b4 3801              subs    r0, #1
04b6 d1fb              bne     spread
04b8 4770              bx      lr

04ba b5f0      build:  push    {r4-r7, lr}             @ the code at r1, by r3 lengths from r2
04bc 4f63              ldr     r7, =COUNTS
04be 19cf              adds    r7, r1, r7
04c0 2420              movs    r4, #32
04c2 2000              movs    r0, #0
04c4 3c04      1:      subs    r4, #4
04c6 5138              str     r0, [r7, r4]
04c8 d1fc              bne     1b
04ca 5d10      2:      ldrb    r0, [r2, r4]            @ count
04cc 0040              lsls    r0, r0, #1
04ce 5a3d              ldrh    r5, [r7, r0]
04d0 3501              adds    r5, #1
04d2 523d              strh    r5, [r7, r0]
04d4 3401              adds    r4, #1
04d6 429c              cmp     r4, r3
04d8 d3f7              blo     2b
04da 468c              mov     r12, r1
04dc 2000              movs    r0, #0                  @ see where each length begins, and that there are not too many
04de 8038              strh    r0, [r7]
04e0 2600              movs    r6, #0
04e2 2401              movs    r4, #1
04e4 2502              movs    r5, #2
04e6 485a              ldr     r0, =STARTS_FROM_COUNTS
04e8 1838              adds    r0, r7, r0
04ea 5346      3:      strh    r6, [r0, r5]
04ec 5b79              ldrh    r1, [r7, r5]
04ee 1876              adds    r6, r6, r1
04f0 0064              lsls    r4, r4, #1
04f2 1a64              subs    r4, r4, r1
04f4 d489              bmi     worst
04f6 2d12              cmp     r5, #18
04f8 d101              bne     1f
04fa 803e              strh    r6, [r7]                @ symbols of 9 bits or fewer
04fc b410              push    {r4}                    @ what 9 bits leave for longer ones
04fe 3502      1:      adds    r5, #2
0500 2d20              cmp     r5, #32
0502 d3f2              blo     3b
0504 2400              movs    r4, #0                  @ sort
0506 5d11      4:      ldrb    r1, [r2, r4]
0508 0049              lsls    r1, r1, #1
050a d005              beq     5f
050c 5a45              ldrh    r5, [r0, r1]
050e 1c6e              adds    r6, r5, #1
0510 5246              strh    r6, [r0, r1]
0512 006d              lsls    r5, r5, #1
0514 19ed              adds    r5, r5, r7
0516 842c              strh    r4, [r5, #32]
0518 3401      5:      adds    r4, #1
051a 429c              cmp     r4, r3
051c d3f3              blo     4b
051e 4661              mov     r1, r12                 @ what 9 bits say: symbol and length, wherever a code stands at their low end
0520 484a              ldr     r0, =COUNTS
0522 4683              mov     r11, r0
0524 46bc              mov     r12, r7
0526 003a              movs    r2, r7
0528 3220              adds    r2, #32
052a 2300              movs    r3, #0                  @ the code, its first bit lowest
052c 2401              movs    r4, #1                  @ its length
052e 4660      6:      mov     r0, r12
0530 0065              lsls    r5, r4, #1
0532 5b45              ldrh    r5, [r0, r5]            @ symbols that have it
0534 2702              movs    r7, #2
0536 40a7              lsls    r7, r4
0538 3d01      7:      subs    r5, #1
053a d413              bmi     2f
053c 8810              ldrh    r0, [r2]
053e 3202              adds    r2, #2
0540 0266              lsls    r6, r4, #9
0542 4330              orrs    r0, r6
0544 005e              lsls    r6, r3, #1
0546 5388      8:      strh    r0, [r1, r6]
0548 19f6              adds    r6, r6, r7
054a 455e              cmp     r6, r11
054c d203              bhs     1f
054e 5388              strh    r0, [r1, r6]
0550 19f6              adds    r6, r6, r7
0552 455e              cmp     r6, r11
0554 d3f7              blo     8b
0556 08be      1:      lsrs    r6, r7, #2              @ add one, from the other end
0558 4073      9:      eors    r3, r6
055a 4233              tst     r3, r6
055c d1ec              bne     7b
055e 0876              lsrs    r6, r6, #1
0560 d1fa              bne     9b
0562 e7e9              b       7b
0564 3401      2:      adds    r4, #1
0566 2c09              cmp     r4, #9
0568 d9e1              bls     6b
056a bc20              pop     {r5}                    @ the rest: how far 9 bits are behind the last code, for bit by bit
056c 2000              movs    r0, #0
056e 2701              movs    r7, #1
0570 023f              lsls    r7, r7, #8
0572 3d01      3:      subs    r5, #1
0574 d409              bmi     4f
0576 005e              lsls    r6, r3, #1
0578 5388              strh    r0, [r1, r6]
057a 3001              adds    r0, #1
057c 003e              movs    r6, r7
057e 4073      9:      eors    r3, r6
0580 4233              tst     r3, r6
0582 d1f6              bne     3b
0584 0876              lsrs    r6, r6, #1
0586 d1fa              bne     9b
0588 e7f3              b       3b
058a bdf0      4:      pop     {r4-r7, pc}

                                                       @ Branches. A bl is two half-words, 11110 and 11 bits, 11111 and 11 bits: how far, in half-words,
                                                       @ from 4 bytes behind its beginning. Where the packer had them say where to instead, calls of one
                                                       @ function are alike and pack. One that two pages share is none.
               relative:                               @ those of the page say how far again
058c b500              push    {lr}
058e 68b8              ldr     r0, [r7, #ADDRESS]
0590 4f30              ldr     r7, =PAGE_END
0592 4b31              ldr     r3, =0x1000
0594 18c0              adds    r0, r0, r3
0596 425b              rsbs    r3, r3, #0
0598 4930              ldr     r1, =0xfffff800
059a 4689              mov     r9, r1
059c 3302      1:      adds    r3, #2                  @ r7 and r3 are where a second half may be, r0 and r3 are that in flash
059e d00f              beq     2f
05a0 5ef9              ldrsh   r1, [r7, r3]
05a2 4549              cmp     r1, r9
05a4 d3fa              blo     1b
05a6 18c6              adds    r6, r0, r3
05a8 3602              adds    r6, #2
05aa 0876              lsrs    r6, r6, #1
05ac 4276              rsbs    r6, r6, #0
05ae 18fd              adds    r5, r7, r3
05b0 3d02              subs    r5, #2
05b2 f000 f833         bl      branch
05b6 d1f1              bne     1b
05b8 8029              strh    r1, [r5]
05ba 0c09              lsrs    r1, r1, #16
05bc 8069              strh    r1, [r5, #2]
05be e7ed              b       1b
05c0 bd00      2:      pop     {pc}

               absolute:                               @ bytes from flash, up to r0, to the page, up to r7, -r3 of them: branches say where to
05c2 b572              push    {r1, r4-r6, lr}
05c4 18c4      1:      adds    r4, r0, r3
05c6 0865              lsrs    r5, r4, #1
05c8 006d              lsls    r5, r5, #1
05ca 8829              ldrh    r1, [r5]
05cc 0aca              lsrs    r2, r1, #11
05ce 2a1e              cmp     r2, #30
05d0 d209              bhs     5f
05d2 42ac      2:      cmp     r4, r5                  @ neither half of one: both bytes, or the second, or the first alone at the end
05d4 d102              bne     3f
05d6 54f9              strb    r1, [r7, r3]
05d8 3301              adds    r3, #1
05da d003              beq     4f
05dc 0a09      3:      lsrs    r1, r1, #8
05de 54f9              strb    r1, [r7, r3]
05e0 3301              adds    r3, #1
05e2 d1ef              bne     1b
05e4 bd72      4:      pop     {r1, r4-r6, pc}
05e6 d000      5:      beq     6f                      @ a first half, or else a second one
05e8 3d02              subs    r5, #2
05ea 1cae      6:      adds    r6, r5, #2
05ec 0536              lsls    r6, r6, #20
05ee d011              beq     8f
05f0 1d2e              adds    r6, r5, #4
05f2 0876              lsrs    r6, r6, #1
05f4 f000 f812         bl      branch
05f8 4604              mov     r4, r0
05fa 441c              add     r4, r3
05fc d10a              bne     8f
05fe 1b64              subs    r4, r4, r5              @ so many of its bytes were there before
0600 00e2              lsls    r2, r4, #3
0602 40d1              lsrs    r1, r2
0604 54f9      7:      strb    r1, [r7, r3]
0606 3301              adds    r3, #1
0608 d0ec              beq     4b
060a 0a09              lsrs    r1, r1, #8
060c 3401              adds    r4, #1
060e 2c04              cmp     r4, #4
0610 d1f8              bne     7b
0612 e7d7              b       1b
0614 0865      8:      lsrs    r5, r4, #1
0616 006d              lsls    r5, r5, #1
0618 8829              ldrh    r1, [r5]
061a e7da              b       2b

061c 8829      branch: ldrh    r1, [r5]                @ is one at r5? Then it with r6 added to r1, and "equal"; r2 and r4 are lost
061e 0aca              lsrs    r2, r1, #11
0620 2a1e              cmp     r2, #30
0622 d111              bne     1f
0624 886a              ldrh    r2, [r5, #2]
0626 0ad4              lsrs    r4, r2, #11
0628 2c1f              cmp     r4, #31
062a d10d              bne     1f
062c 0549              lsls    r1, r1, #21
062e 0a89              lsrs    r1, r1, #10
0630 0552              lsls    r2, r2, #21
0632 0d52              lsrs    r2, r2, #21
0634 4311              orrs    r1, r2
0636 1989              adds    r1, r1, r6
0638 028a              lsls    r2, r1, #10
063a 0d52              lsrs    r2, r2, #21
063c 0549              lsls    r1, r1, #21
063e 0949              lsrs    r1, r1, #5
0640 4311              orrs    r1, r2
0642 4a07              ldr     r2, =0xf800f000
0644 4311              orrs    r1, r2
0646 4289              cmp     r1, r1
0648 4770      1:      bx      lr

064a 46c0              nop                             @ constant
064c 0400 0000         .word   0x00000400              @ constant
0650 0260 0000         .word   0x00000260              @ constant
0654 5000 2000         .word   0x20005000              @ constant
0658 1000 0000         .word   0x00001000              @ constant
065c f800 ffff         .word   0xfffff800              @ constant
0660 f000 f800         .word   0xf800f000              @ constant
`;
