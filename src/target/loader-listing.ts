/**
 * The program that runs in the chip's RAM while flash is erased, written and compared: source and words side by side.
 *
 * ARMv6-M instructions only, so it runs on every Cortex-M and on the virtual one. It waits for work in two slots, taken in turns:
 * the host fills one while the program works on the other. It knows neither images nor what is done with a page that it refuses:
 * the host compares hashes.
 *
 * A page may come packed: as a deflate stream (RFC 1951) that may also repeat what stands in flash before it. It is unpacked
 * into RAM, and what does not have the hash that was announced for it is neither erased nor programmed. Whatever a stream says, nothing is
 * written outside of PAGE, LENGTHS and the two codes, and nothing is read from behind the packed bytes.
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
                       .equ    HISTORY, 0x18           @ of a slot that is unpacked, with HASH_A and HASH_B
                       .equ    HASH_A, 0x1c
                       .equ    HASH_B, 0x20
                       .equ    SLOT_SIZE, 0x40
                       .equ    FILLED, 1
                       .equ    DONE, 2
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
0012 f000 f88d         bl      unpack                  @ r6 is 0 afterwards where the page is refused
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

0086 b540      hash:   push    {r6, lr}                @ WORDS pages from ADDRESS, 8 bytes each to BUFFER
0088 68b8              ldr     r0, [r7, #ADDRESS]
008a 68f9              ldr     r1, [r7, #WORDS]
008c 693e              ldr     r6, [r7, #BUFFER]
008e f000 f804 1:      bl      digest
0092 c60c              stmia   r6!, {r2, r3}
0094 3901              subs    r1, #1
0096 d1fa              bne     1b
0098 bd40              pop     {r6, pc}

009a b4f0      digest: push    {r4-r7}                 @ of the page at r0, which moves on, to r2 and r3
009c 4c1d              ldr     r4, =0x85ebca6b
009e 4d1e              ldr     r5, =0x9e3779b1
00a0 2711              movs    r7, #17
00a2 2200              movs    r2, #0
00a4 43d2              mvns    r2, r2
00a6 2300              movs    r3, #0
00a8 4e1c              ldr     r6, =0x1000
00aa 1986              adds    r6, r0, r6
00ac 46b4              mov     r12, r6                 @ r12: where the page ends
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
00ce 4c14              ldr     r4, =0x4001e504
00d0 6020              str     r0, [r4]
00d2 f3bf 8f4f         dsb
00d6 f3bf 8f6f         isb
00da f000 f801         bl      ready
00de bd00              pop     {pc}

00e0 b501      ready:  push    {r0, lr}                @ until NVMC READY
00e2 f000 f805 1:      bl      feed
00e6 480f              ldr     r0, =0x4001e400
00e8 6800              ldr     r0, [r0]
00ea 0840              lsrs    r0, r0, #1
00ec d3f9              bcc     1b
00ee bd01              pop     {r0, pc}

00f0 b403      feed:   push    {r0, r1}                @ all channels of a watchdog that may be running
00f2 480d              ldr     r0, =0x40010600
00f4 490d              ldr     r1, =0x6e524635
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
011c 1000 0000         .word   0x00001000              @ constant
0120 e504 4001         .word   0x4001e504              @ constant
0124 e400 4001         .word   0x4001e400              @ constant
0128 0600 4001         .word   0x40010600              @ constant
012c 4635 6e52         .word   0x6e524635              @ constant

                                                       @ Deflate, RFC 1951. All the way r4 goes through the packed bytes, r5 holds bits of
                                                       @ them, r6 says how many, r7 goes through the page, r8 is the stack to go back to,
                                                       @ r9 the end of the packed bytes, r10 leads from the page to what stood before it,
                                                       @ and r11 is the end of the page.
0130 b5c0      unpack: push    {r6, r7, lr}            @ WORDS from BUFFER, which is the page afterwards
0132 f7ff ffdd         bl      feed
0136 46e8              mov     r8, sp
0138 693c              ldr     r4, [r7, #BUFFER]
013a 68f8              ldr     r0, [r7, #WORDS]
013c 0080              lsls    r0, r0, #2
013e 1820              adds    r0, r4, r0
0140 4681              mov     r9, r0
0142 69b8              ldr     r0, [r7, #HISTORY]
0144 4fa5              ldr     r7, =PAGE
0146 1bc0              subs    r0, r0, r7
0148 4682              mov     r10, r0
014a 2500              movs    r5, #0
014c 2600              movs    r6, #0
014e 2001      block:  movs    r0, #1                  @ of a block: is it the last one, its kind
0150 f000 f95e         bl      take
0154 b401              push    {r0}
0156 2002              movs    r0, #2
0158 f000 f95a         bl      take
015c 2801              cmp     r0, #1
015e d321              blo     stored
0160 d100              bne     1f
0162 e03a              b       fixed
0164 2802      1:      cmp     r0, #2
0166 d137              bne     bad
0168 e051              b       dynamic
016a bc01      ended:  pop     {r0}
016c 0840              lsrs    r0, r0, #1
016e d3ee              bcc     block
0170 489a              ldr     r0, =PAGE
0172 f7ff ff92         bl      digest
0176 bcc0              pop     {r6, r7}
0178 69f8              ldr     r0, [r7, #HASH_A]
017a 4290              cmp     r0, r2
017c d109              bne     1f
017e 6a38              ldr     r0, [r7, #HASH_B]
0180 4298              cmp     r0, r3
0182 d106              bne     1f
0184 4895              ldr     r0, =PAGE
0186 6138              str     r0, [r7, #BUFFER]
0188 4895              ldr     r0, =1024
018a 60f8              str     r0, [r7, #WORDS]
018c bd00              pop     {pc}
018e 46c5      refuse: mov     sp, r8                  @ from wherever it was noticed
0190 bcc0              pop     {r6, r7}
0192 4894      1:      ldr     r0, =REFUSED
0194 6801              ldr     r1, [r0]
0196 3101              adds    r1, #1
0198 6001              str     r1, [r0]
019a 0089              lsls    r1, r1, #2
019c 68ba              ldr     r2, [r7, #ADDRESS]
019e 5042              str     r2, [r0, r1]
01a0 2600              movs    r6, #0
01a2 bd00              pop     {pc}

01a4 2007      stored: movs    r0, #7                  @ from the next whole byte
01a6 4030              ands    r0, r6
01a8 40c5              lsrs    r5, r0
01aa 1a36              subs    r6, r6, r0
01ac 2010              movs    r0, #16
01ae f000 f92f         bl      take
01b2 0001              movs    r1, r0
01b4 2010              movs    r0, #16
01b6 f000 f92b         bl      take
01ba 4048              eors    r0, r1
01bc 3001              adds    r0, #1
01be 0c00              lsrs    r0, r0, #16
01c0 d00a              beq     bad                     @ the second is the complement of the first
01c2 3901      1:      subs    r1, #1
01c4 d4d1              bmi     ended
01c6 2008              movs    r0, #8
01c8 f000 f922         bl      take
01cc 4a86              ldr     r2, =PAGE_END
01ce 4297              cmp     r7, r2
01d0 d202              bhs     bad
01d2 7038              strb    r0, [r7]
01d4 3701              adds    r7, #1
01d6 e7f4              b       1b
01d8 e7d9      bad:    b       refuse

01da 4a84      fixed:  ldr     r2, =LENGTHS
01dc 2090              movs    r0, #144
01de 2108              movs    r1, #8
01e0 f000 f94a         bl      spread
01e4 2070              movs    r0, #112
01e6 2109              movs    r1, #9
01e8 f000 f946         bl      spread
01ec 2018              movs    r0, #24
01ee 2107              movs    r1, #7
01f0 f000 f942         bl      spread
01f4 2008              movs    r0, #8
01f6 2108              movs    r1, #8
01f8 f000 f93e         bl      spread
01fc 2020              movs    r0, #32
01fe 2105              movs    r1, #5
0200 f000 f93a         bl      spread
0204 2020              movs    r0, #32
0206 b401              push    {r0}
0208 4879              ldr     r0, =288
020a b401              push    {r0}
020c e059              b       both

               dynamic:
020e 2005              movs    r0, #5                  @ how many lengths: of distances, of literals, of the code they are written in
0210 f000 f8fe         bl      take
0214 4977              ldr     r1, =257
0216 1841              adds    r1, r0, r1
0218 2005              movs    r0, #5
021a f000 f8f9         bl      take
021e 3001              adds    r0, #1
0220 b401              push    {r0}
0222 b402              push    {r1}
0224 2004              movs    r0, #4
0226 f000 f8f3         bl      take
022a 3004              adds    r0, #4
022c b401              push    {r0}
022e 4a6f              ldr     r2, =LENGTHS
0230 2013              movs    r0, #19
0232 2100              movs    r1, #0
0234 f000 f920         bl      spread
0238 2100              movs    r1, #0
023a 2003      1:      movs    r0, #3
023c f000 f8e8         bl      take
0240 a26e              adr     r2, order
0242 5c52              ldrb    r2, [r2, r1]
0244 4b69              ldr     r3, =LENGTHS
0246 5498              strb    r0, [r3, r2]
0248 3101              adds    r1, #1
024a 9800              ldr     r0, [sp, #0]
024c 4281              cmp     r1, r0
024e d3f4              blo     1b
0250 bc01              pop     {r0}
0252 4965              ldr     r1, =CODES
0254 4a65              ldr     r2, =LENGTHS
0256 2313              movs    r3, #19
0258 f000 f913         bl      build
025c 9800              ldr     r0, [sp, #0]
025e 9901              ldr     r1, [sp, #4]
0260 4a62              ldr     r2, =LENGTHS
0262 1840              adds    r0, r0, r1
0264 1880              adds    r0, r0, r2
0266 b401              push    {r0}                    @ where the lengths end
0268 b404              push    {r2}                    @ where the next one goes
026a 495f      2:      ldr     r1, =CODES
026c f000 f8db         bl      symbol
0270 2810              cmp     r0, #16
0272 d202              bhs     3f
0274 0001              movs    r1, r0                  @ itself
0276 2001              movs    r0, #1
0278 e017              b       6f
027a d10a      3:      bne     4f
027c 9a00              ldr     r2, [sp, #0]            @ 16: the one before, again
027e 4b5b              ldr     r3, =LENGTHS
0280 429a              cmp     r2, r3
0282 d0a9              beq     bad
0284 3a01              subs    r2, #1
0286 7811              ldrb    r1, [r2]
0288 2002              movs    r0, #2
028a f000 f8c1         bl      take
028e 3003              adds    r0, #3
0290 e00b              b       6f
0292 2100      4:      movs    r1, #0                  @ 17 and 18: none
0294 2811              cmp     r0, #17
0296 d104              bne     5f
0298 2003              movs    r0, #3
029a f000 f8b9         bl      take
029e 3003              adds    r0, #3
02a0 e003              b       6f
02a2 2007      5:      movs    r0, #7
02a4 f000 f8b4         bl      take
02a8 300b              adds    r0, #11
02aa 9a00      6:      ldr     r2, [sp, #0]
02ac 9b01              ldr     r3, [sp, #4]
02ae 1a9b              subs    r3, r3, r2
02b0 4298              cmp     r0, r3
02b2 d834              bhi     worse
02b4 f000 f8e0         bl      spread
02b8 9200              str     r2, [sp, #0]
02ba 9b01              ldr     r3, [sp, #4]
02bc 429a              cmp     r2, r3
02be d3d4              blo     2b
02c0 b002              add     sp, #8
02c2 4949      both:   ldr     r1, =CODES              @ on the stack: how many lengths of literals, of distances
02c4 4a49              ldr     r2, =LENGTHS
02c6 9b00              ldr     r3, [sp, #0]
02c8 f000 f8db         bl      build
02cc 4a47              ldr     r2, =LENGTHS
02ce bc08              pop     {r3}
02d0 18d2              adds    r2, r2, r3
02d2 4949              ldr     r1, =DISTANCES
02d4 bc08              pop     {r3}
02d6 f000 f8d4         bl      build

02da 4843              ldr     r0, =PAGE_END
02dc 4683              mov     r11, r0
02de 4942      item:   ldr     r1, =CODES              @ what symbol does, without a call
               literal:
02e0 2e0f              cmp     r6, #15
02e2 d30d              blo     7f
02e4 05ea      1:      lsls    r2, r5, #23
02e6 0d92              lsrs    r2, r2, #22
02e8 5a88              ldrh    r0, [r1, r2]
02ea 0a42              lsrs    r2, r0, #9
02ec d013              beq     9f
02ee 40d5              lsrs    r5, r2
02f0 1ab6              subs    r6, r6, r2
02f2 0602      2:      lsls    r2, r0, #24             @ bit 8 goes into the carry: it is no literal
02f4 d215              bcs     3f
02f6 455f              cmp     r7, r11
02f8 d211              bhs     worse
02fa 7038              strb    r0, [r7]
02fc 3701              adds    r7, #1
02fe e7ef              b       literal
0300 454c      7:      cmp     r4, r9                  @ what fill does
0302 d205              bhs     8f
0304 8822              ldrh    r2, [r4]
0306 3402              adds    r4, #2
0308 40b2              lsls    r2, r6
030a 4315              orrs    r5, r2
030c 3610              adds    r6, #16
030e e7e9              b       1b
0310 f000 f853 8:      bl      fill
0314 e7e6              b       1b
0316 f000 f886 9:      bl      symbol
031a 4933              ldr     r1, =CODES
031c e7e9              b       2b
031e e736      worse:  b       refuse
0320 e723      over:   b       ended
0322 0e10      3:      lsrs    r0, r2, #24
0324 d0fc              beq     over
0326 3801              subs    r0, #1                  @ how long a match is, to r3
0328 281c              cmp     r0, #28
032a d8f8              bhi     worse
032c d00e              beq     4f
032e 1cc3              adds    r3, r0, #3
0330 2808              cmp     r0, #8
0332 d30d              blo     5f
0334 0881              lsrs    r1, r0, #2
0336 3901              subs    r1, #1
0338 2303              movs    r3, #3
033a 4003              ands    r3, r0
033c 3304              adds    r3, #4
033e 408b              lsls    r3, r1
0340 3303              adds    r3, #3
0342 0008              movs    r0, r1
0344 f000 f864         bl      take
0348 181b              adds    r3, r3, r0
034a e001              b       5f
034c 23ff      4:      movs    r3, #255
034e 3303              adds    r3, #3
0350 b408      5:      push    {r3}
0352 4929              ldr     r1, =DISTANCES
0354 f000 f867         bl      symbol
0358 281d              cmp     r0, #29
035a d8e0              bhi     worse
035c 2804              cmp     r0, #4
035e d309              blo     6f
0360 0841              lsrs    r1, r0, #1
0362 3901              subs    r1, #1
0364 2301              movs    r3, #1
0366 4003              ands    r3, r0
0368 3302              adds    r3, #2
036a 408b              lsls    r3, r1
036c 0008              movs    r0, r1
036e f000 f84f         bl      take
0372 1818              adds    r0, r3, r0
0374 3001      6:      adds    r0, #1                  @ how far back it lies
0376 bc02              pop     {r1}
0378 465a              mov     r2, r11
037a 1bd2              subs    r2, r2, r7
037c 4291              cmp     r1, r2
037e d8ce              bhi     worse
0380 1a3a              subs    r2, r7, r0
0382 4b16              ldr     r3, =PAGE
0384 1a9b              subs    r3, r3, r2
0386 d910              bls     8f
0388 4650              mov     r0, r10                 @ r3 bytes of it in what stood before the page
038a 1880              adds    r0, r0, r2
038c d4c7              bmi     worse                   @ or before all flash
038e 428b              cmp     r3, r1
0390 d900              bls     7f
0392 000b              movs    r3, r1
0394 1ac9      7:      subs    r1, r1, r3
0396 18c0              adds    r0, r0, r3
0398 18ff              adds    r7, r7, r3
039a 425b              rsbs    r3, r3, #0
039c 5cc2      1:      ldrb    r2, [r0, r3]
039e 54fa              strb    r2, [r7, r3]
03a0 3301              adds    r3, #1
03a2 d1fb              bne     1b
03a4 4a0d              ldr     r2, =PAGE
03a6 2900              cmp     r1, #0
03a8 d099              beq     item
03aa 1852      8:      adds    r2, r2, r1
03ac 187f              adds    r7, r7, r1
03ae 4249              rsbs    r1, r1, #0
03b0 5c50      1:      ldrb    r0, [r2, r1]
03b2 5478              strb    r0, [r7, r1]
03b4 3101              adds    r1, #1
03b6 d1fb              bne     1b
03b8 e791              b       item

03ba 2e10      fill:   cmp     r6, #16                 @ so many bits or more into r5; r2 is lost
03bc d206              bhs     2f
03be 454c              cmp     r4, r9
03c0 d205              bhs     3f
03c2 8822              ldrh    r2, [r4]
03c4 3402      1:      adds    r4, #2
03c6 40b2              lsls    r2, r6
03c8 4315              orrs    r5, r2
03ca 3610              adds    r6, #16
03cc 4770      2:      bx      lr
03ce 464a      3:      mov     r2, r9                  @ noughts behind the end, but not for long
03d0 3208              adds    r2, #8
03d2 4294              cmp     r4, r2
03d4 d201              bhs     worst
03d6 2200              movs    r2, #0
03d8 e7f4              b       1b
03da e6d8      worst:  b       refuse
                       .ltorg
03dc 4000 2000         .word   0x20004000              @ constant
03e0 0400 0000         .word   0x00000400              @ constant
03e4 0880 2000         .word   0x20000880              @ constant
03e8 5000 2000         .word   0x20005000              @ constant
03ec 3800 2000         .word   0x20003800              @ constant
03f0 0120 0000         .word   0x00000120              @ constant
03f4 0101 0000         .word   0x00000101              @ constant
03f8 5680 2000         .word   0x20005680              @ constant
03fc 1110 0012 order:  .word   0x00121110              @ 16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15
0400 0708 0609         .word   0x06090708
0404 050a 040b         .word   0x040b050a
0408 030c 020d         .word   0x020d030c
040c 010e 000f         .word   0x000f010e

0410 46f4      take:   mov     r12, lr                 @ r0 bits, 16 at most, to r0; r2 is lost
0412 f7ff ffd2         bl      fill
0416 2201              movs    r2, #1
0418 4082              lsls    r2, r0
041a 3a01              subs    r2, #1
041c 402a              ands    r2, r5
041e 40c5              lsrs    r5, r0
0420 1a36              subs    r6, r6, r0
0422 0010              movs    r0, r2
0424 4760              bx      r12

0426 46f4      symbol: mov     r12, lr                 @ the next one in the code at r1, to r0; r1 to r3 are lost
0428 2e0f              cmp     r6, #15
042a d201              bhs     1f
042c f7ff ffc5         bl      fill
0430 05ea      1:      lsls    r2, r5, #23
0432 0d92              lsrs    r2, r2, #22
0434 5a88              ldrh    r0, [r1, r2]
0436 0a42              lsrs    r2, r0, #9
0438 d004              beq     2f
043a 40d5              lsrs    r5, r2
043c 1ab6              subs    r6, r6, r2
043e 05c0              lsls    r0, r0, #23
0440 0dc0              lsrs    r0, r0, #23
0442 4760              bx      r12
0444 4a3b      2:      ldr     r2, =COUNTS             @ longer than 9 bits, or none: bit by bit
0446 1889              adds    r1, r1, r2
0448 b402              push    {r1}
044a 2000              movs    r0, #0                  @ how far behind the first of its length
044c 2300              movs    r3, #0                  @ symbols that are shorter
044e 3e01      3:      subs    r6, #1
0450 086d              lsrs    r5, r5, #1
0452 4140              adcs    r0, r0
0454 3102              adds    r1, #2
0456 880a              ldrh    r2, [r1]
0458 4290              cmp     r0, r2
045a d306              blo     4f
045c 1a80              subs    r0, r0, r2
045e 189b              adds    r3, r3, r2
0460 9a00              ldr     r2, [sp, #0]
0462 321e              adds    r2, #30
0464 4291              cmp     r1, r2
0466 d3f2              blo     3b
0468 e691              b       refuse
046a 18c0      4:      adds    r0, r0, r3
046c 0040              lsls    r0, r0, #1
046e bc02              pop     {r1}
0470 1840              adds    r0, r0, r1
0472 3020              adds    r0, #32
0474 8800              ldrh    r0, [r0]
0476 4760              bx      r12

0478 7011      spread: strb    r1, [r2]                @ r0 times r1 from r2, which moves on
047a 3201              adds    r2, #1
047c 3801              subs    r0, #1
047e d1fb              bne     spread
0480 4770              bx      lr

0482 b5f0      build:  push    {r4-r7, lr}             @ the code at r1, by r3 lengths from r2
0484 4f2b              ldr     r7, =COUNTS
0486 19cf              adds    r7, r1, r7
0488 2420              movs    r4, #32
048a 2000              movs    r0, #0
048c 3c04      1:      subs    r4, #4
048e 5138              str     r0, [r7, r4]
0490 d1fc              bne     1b
0492 5d10      2:      ldrb    r0, [r2, r4]            @ count
0494 0040              lsls    r0, r0, #1
0496 5a3d              ldrh    r5, [r7, r0]
0498 3501              adds    r5, #1
049a 523d              strh    r5, [r7, r0]
049c 3401              adds    r4, #1
049e 429c              cmp     r4, r3
04a0 d3f7              blo     2b
04a2 468c              mov     r12, r1
04a4 2000              movs    r0, #0                  @ see where each length begins, and that there are not too many
04a6 8038              strh    r0, [r7]
04a8 2600              movs    r6, #0
04aa 2401              movs    r4, #1
04ac 2502              movs    r5, #2
04ae 4822              ldr     r0, =STARTS_FROM_COUNTS
04b0 1838              adds    r0, r7, r0
04b2 5346      3:      strh    r6, [r0, r5]
04b4 5b79              ldrh    r1, [r7, r5]
04b6 1876              adds    r6, r6, r1
04b8 0064              lsls    r4, r4, #1
04ba 1a64              subs    r4, r4, r1
04bc d48d              bmi     worst
04be 3502              adds    r5, #2
04c0 2d20              cmp     r5, #32
04c2 d3f6              blo     3b
04c4 4661              mov     r1, r12                 @ where no code is, or a longer one, 9 bits say nothing
04c6 2400              movs    r4, #0
04c8 2500              movs    r5, #0
04ca c130      1:      stmia   r1!, {r4, r5}
04cc c130              stmia   r1!, {r4, r5}
04ce 42b9              cmp     r1, r7
04d0 d3fb              blo     1b
04d2 5d11      4:      ldrb    r1, [r2, r4]
04d4 0049              lsls    r1, r1, #1
04d6 d006              beq     5f
04d8 5a45              ldrh    r5, [r0, r1]
04da 1c6e              adds    r6, r5, #1
04dc 5246              strh    r6, [r0, r1]
04de 006d              lsls    r5, r5, #1
04e0 19ed              adds    r5, r5, r7
04e2 3520              adds    r5, #32
04e4 802c              strh    r4, [r5]
04e6 3401      5:      adds    r4, #1
04e8 429c              cmp     r4, r3
04ea d3f2              blo     4b
04ec 4661              mov     r1, r12                 @ what 9 bits say: symbol and length, wherever a code stands at their low end
04ee 4811              ldr     r0, =COUNTS
04f0 4683              mov     r11, r0
04f2 46bc              mov     r12, r7
04f4 003a              movs    r2, r7
04f6 3220              adds    r2, #32
04f8 2300              movs    r3, #0                  @ the code, its first bit lowest
04fa 2401              movs    r4, #1                  @ its length
04fc 4660      6:      mov     r0, r12
04fe 0065              lsls    r5, r4, #1
0500 5b45              ldrh    r5, [r0, r5]            @ symbols that have it
0502 2702              movs    r7, #2
0504 40a7              lsls    r7, r4
0506 3d01      7:      subs    r5, #1
0508 d40f              bmi     2f
050a 8810              ldrh    r0, [r2]
050c 3202              adds    r2, #2
050e 0266              lsls    r6, r4, #9
0510 4330              orrs    r0, r6
0512 005e              lsls    r6, r3, #1
0514 5388      8:      strh    r0, [r1, r6]
0516 19f6              adds    r6, r6, r7
0518 455e              cmp     r6, r11
051a d3fb              blo     8b
051c 08be              lsrs    r6, r7, #2              @ add one, from the other end
051e 4073      9:      eors    r3, r6
0520 4233              tst     r3, r6
0522 d1f0              bne     7b
0524 0876              lsrs    r6, r6, #1
0526 d1fa              bne     9b
0528 e7ed              b       7b
052a 3401      2:      adds    r4, #1
052c 2c09              cmp     r4, #9
052e d9e5              bls     6b
0530 bdf0              pop     {r4-r7, pc}
0532 46c0              nop                             @ constant
0534 0400 0000         .word   0x00000400              @ constant
0538 0260 0000         .word   0x00000260              @ constant
`;
