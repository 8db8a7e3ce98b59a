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
                       .equ    LENGTH, 0x14            @ of one that is hashed: bytes that are hashed together
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
0140 4fa6              ldr     r7, =PAGE
0142 1bc0              subs    r0, r0, r7
0144 4682              mov     r10, r0
0146 2500              movs    r5, #0
0148 2600              movs    r6, #0
014a 2001      block:  movs    r0, #1                  @ of a block: is it the last one, its kind
014c f000 f960         bl      take
0150 b401              push    {r0}
0152 2002              movs    r0, #2
0154 f000 f95c         bl      take
0158 2801              cmp     r0, #1
015a d322              blo     stored
015c d100              bne     1f
015e e03b              b       fixed
0160 2802      1:      cmp     r0, #2
0162 d138              bne     bad
0164 e052              b       dynamic
0166 bc01      ended:  pop     {r0}
0168 0840              lsrs    r0, r0, #1
016a d3ee              bcc     block
016c 489b              ldr     r0, =PAGE
016e 4a9c              ldr     r2, =PAGE_END
0170 f7ff ff95         bl      digest
0174 bcc0              pop     {r6, r7}
0176 69f8              ldr     r0, [r7, #HASH_A]
0178 4290              cmp     r0, r2
017a d109              bne     1f
017c 6a38              ldr     r0, [r7, #HASH_B]
017e 4298              cmp     r0, r3
0180 d106              bne     1f
0182 4896              ldr     r0, =PAGE
0184 6138              str     r0, [r7, #BUFFER]
0186 4897              ldr     r0, =1024
0188 60f8              str     r0, [r7, #WORDS]
018a bd00              pop     {pc}
018c 46c5      refuse: mov     sp, r8                  @ from wherever it was noticed
018e bcc0              pop     {r6, r7}
0190 4895      1:      ldr     r0, =REFUSED
0192 6801              ldr     r1, [r0]
0194 3101              adds    r1, #1
0196 6001              str     r1, [r0]
0198 0089              lsls    r1, r1, #2
019a 68ba              ldr     r2, [r7, #ADDRESS]
019c 5042              str     r2, [r0, r1]
019e 2600              movs    r6, #0
01a0 bd00              pop     {pc}

01a2 2007      stored: movs    r0, #7                  @ from the next whole byte
01a4 4030              ands    r0, r6
01a6 40c5              lsrs    r5, r0
01a8 1a36              subs    r6, r6, r0
01aa 2010              movs    r0, #16
01ac f000 f930         bl      take
01b0 0001              movs    r1, r0
01b2 2010              movs    r0, #16
01b4 f000 f92c         bl      take
01b8 4048              eors    r0, r1
01ba 3001              adds    r0, #1
01bc 0c00              lsrs    r0, r0, #16
01be d00a              beq     bad                     @ the second is the complement of the first
01c0 3901      1:      subs    r1, #1
01c2 d4d0              bmi     ended
01c4 2008              movs    r0, #8
01c6 f000 f923         bl      take
01ca 4a85              ldr     r2, =PAGE_END
01cc 4297              cmp     r7, r2
01ce d202              bhs     bad
01d0 7038              strb    r0, [r7]
01d2 3701              adds    r7, #1
01d4 e7f4              b       1b
01d6 e7d9      bad:    b       refuse

01d8 4a84      fixed:  ldr     r2, =LENGTHS
01da 2090              movs    r0, #144
01dc 2108              movs    r1, #8
01de f000 f94d         bl      spread
01e2 2070              movs    r0, #112
01e4 2109              movs    r1, #9
01e6 f000 f949         bl      spread
01ea 2018              movs    r0, #24
01ec 2107              movs    r1, #7
01ee f000 f945         bl      spread
01f2 2008              movs    r0, #8
01f4 2108              movs    r1, #8
01f6 f000 f941         bl      spread
01fa 2020              movs    r0, #32
01fc 2105              movs    r1, #5
01fe f000 f93d         bl      spread
0202 2020              movs    r0, #32
0204 b401              push    {r0}
0206 487a              ldr     r0, =288
0208 b401              push    {r0}
020a e059              b       both

               dynamic:
020c 2005              movs    r0, #5                  @ how many lengths: of distances, of literals, of the code they are written in
020e f000 f8ff         bl      take
0212 4978              ldr     r1, =257
0214 1841              adds    r1, r0, r1
0216 2005              movs    r0, #5
0218 f000 f8fa         bl      take
021c 3001              adds    r0, #1
021e b401              push    {r0}
0220 b402              push    {r1}
0222 2004              movs    r0, #4
0224 f000 f8f4         bl      take
0228 3004              adds    r0, #4
022a b401              push    {r0}
022c 4a6f              ldr     r2, =LENGTHS
022e 2013              movs    r0, #19
0230 2100              movs    r1, #0
0232 f000 f923         bl      spread
0236 2100              movs    r1, #0
0238 2003      1:      movs    r0, #3
023a f000 f8e9         bl      take
023e a26f              adr     r2, order
0240 5c52              ldrb    r2, [r2, r1]
0242 4b6a              ldr     r3, =LENGTHS
0244 5498              strb    r0, [r3, r2]
0246 3101              adds    r1, #1
0248 9800              ldr     r0, [sp, #0]
024a 4281              cmp     r1, r0
024c d3f4              blo     1b
024e bc01              pop     {r0}
0250 4963              ldr     r1, =CODES
0252 4a66              ldr     r2, =LENGTHS
0254 2313              movs    r3, #19
0256 f000 f916         bl      build
025a 9800              ldr     r0, [sp, #0]
025c 9901              ldr     r1, [sp, #4]
025e 4a63              ldr     r2, =LENGTHS
0260 1840              adds    r0, r0, r1
0262 1880              adds    r0, r0, r2
0264 b401              push    {r0}                    @ where the lengths end
0266 b404              push    {r2}                    @ where the next one goes
0268 495d      2:      ldr     r1, =CODES
026a f000 f8dc         bl      symbol
026e 2810              cmp     r0, #16
0270 d202              bhs     3f
0272 0001              movs    r1, r0                  @ itself
0274 2001              movs    r0, #1
0276 e017              b       6f
0278 d10a      3:      bne     4f
027a 9a00              ldr     r2, [sp, #0]            @ 16: the one before, again
027c 4b5b              ldr     r3, =LENGTHS
027e 429a              cmp     r2, r3
0280 d0a9              beq     bad
0282 3a01              subs    r2, #1
0284 7811              ldrb    r1, [r2]
0286 2002              movs    r0, #2
0288 f000 f8c2         bl      take
028c 3003              adds    r0, #3
028e e00b              b       6f
0290 2100      4:      movs    r1, #0                  @ 17 and 18: none
0292 2811              cmp     r0, #17
0294 d104              bne     5f
0296 2003              movs    r0, #3
0298 f000 f8ba         bl      take
029c 3003              adds    r0, #3
029e e003              b       6f
02a0 2007      5:      movs    r0, #7
02a2 f000 f8b5         bl      take
02a6 300b              adds    r0, #11
02a8 9a00      6:      ldr     r2, [sp, #0]
02aa 9b01              ldr     r3, [sp, #4]
02ac 1a9b              subs    r3, r3, r2
02ae 4298              cmp     r0, r3
02b0 d834              bhi     worse
02b2 f000 f8e3         bl      spread
02b6 9200              str     r2, [sp, #0]
02b8 9b01              ldr     r3, [sp, #4]
02ba 429a              cmp     r2, r3
02bc d3d4              blo     2b
02be b002              add     sp, #8
02c0 4947      both:   ldr     r1, =CODES              @ on the stack: how many lengths of literals, of distances
02c2 4a4a              ldr     r2, =LENGTHS
02c4 9b00              ldr     r3, [sp, #0]
02c6 f000 f8de         bl      build
02ca 4a48              ldr     r2, =LENGTHS
02cc bc08              pop     {r3}
02ce 18d2              adds    r2, r2, r3
02d0 4949              ldr     r1, =DISTANCES
02d2 bc08              pop     {r3}
02d4 f000 f8d7         bl      build

02d8 4841              ldr     r0, =PAGE_END
02da 4683              mov     r11, r0
02dc 4940      item:   ldr     r1, =CODES              @ what symbol does, without a call
               literal:
02de 2e0f              cmp     r6, #15
02e0 d30d              blo     7f
02e2 05ea      1:      lsls    r2, r5, #23
02e4 0d92              lsrs    r2, r2, #22
02e6 5a88              ldrh    r0, [r1, r2]
02e8 0a42              lsrs    r2, r0, #9
02ea d013              beq     9f
02ec 40d5              lsrs    r5, r2
02ee 1ab6              subs    r6, r6, r2
02f0 0602      2:      lsls    r2, r0, #24             @ bit 8 goes into the carry: it is no literal
02f2 d215              bcs     3f
02f4 455f              cmp     r7, r11
02f6 d211              bhs     worse
02f8 7038              strb    r0, [r7]
02fa 3701              adds    r7, #1
02fc e7ef              b       literal
02fe 454c      7:      cmp     r4, r9                  @ what fill does
0300 d205              bhs     8f
0302 8822              ldrh    r2, [r4]
0304 3402              adds    r4, #2
0306 40b2              lsls    r2, r6
0308 4315              orrs    r5, r2
030a 3610              adds    r6, #16
030c e7e9              b       1b
030e f000 f853 8:      bl      fill
0312 e7e6              b       1b
0314 f000 f887 9:      bl      symbol
0318 4931              ldr     r1, =CODES
031a e7e9              b       2b
031c e736      worse:  b       refuse
031e e722      over:   b       ended
0320 0e10      3:      lsrs    r0, r2, #24
0322 d0fc              beq     over
0324 3801              subs    r0, #1                  @ how long a match is, to r3
0326 281c              cmp     r0, #28
0328 d8f8              bhi     worse
032a d00e              beq     4f
032c 1cc3              adds    r3, r0, #3
032e 2808              cmp     r0, #8
0330 d30d              blo     5f
0332 0881              lsrs    r1, r0, #2
0334 3901              subs    r1, #1
0336 2303              movs    r3, #3
0338 4003              ands    r3, r0
033a 3304              adds    r3, #4
033c 408b              lsls    r3, r1
033e 3303              adds    r3, #3
0340 0008              movs    r0, r1
0342 f000 f865         bl      take
0346 181b              adds    r3, r3, r0
0348 e001              b       5f
034a 23ff      4:      movs    r3, #255
034c 3303              adds    r3, #3
034e b408      5:      push    {r3}
0350 4929              ldr     r1, =DISTANCES
0352 f000 f868         bl      symbol
0356 281d              cmp     r0, #29
0358 d8e0              bhi     worse
035a 2804              cmp     r0, #4
035c d309              blo     6f
035e 0841              lsrs    r1, r0, #1
0360 3901              subs    r1, #1
0362 2301              movs    r3, #1
0364 4003              ands    r3, r0
0366 3302              adds    r3, #2
0368 408b              lsls    r3, r1
036a 0008              movs    r0, r1
036c f000 f850         bl      take
0370 1818              adds    r0, r3, r0
0372 3001      6:      adds    r0, #1                  @ how far back it lies
0374 bc02              pop     {r1}
0376 465a              mov     r2, r11
0378 1bd2              subs    r2, r2, r7
037a 4291              cmp     r1, r2
037c d8ce              bhi     worse
037e 1a3a              subs    r2, r7, r0
0380 4b16              ldr     r3, =PAGE
0382 1a9b              subs    r3, r3, r2
0384 d910              bls     8f
0386 4650              mov     r0, r10                 @ r3 bytes of it in what stood before the page
0388 1880              adds    r0, r0, r2
038a d4c7              bmi     worse                   @ or before all flash
038c 428b              cmp     r3, r1
038e d900              bls     7f
0390 000b              movs    r3, r1
0392 1ac9      7:      subs    r1, r1, r3
0394 18c0              adds    r0, r0, r3
0396 18ff              adds    r7, r7, r3
0398 425b              rsbs    r3, r3, #0
039a 5cc2      1:      ldrb    r2, [r0, r3]
039c 54fa              strb    r2, [r7, r3]
039e 3301              adds    r3, #1
03a0 d1fb              bne     1b
03a2 4a0e              ldr     r2, =PAGE
03a4 2900              cmp     r1, #0
03a6 d099              beq     item
03a8 1852      8:      adds    r2, r2, r1
03aa 187f              adds    r7, r7, r1
03ac 4249              rsbs    r1, r1, #0
03ae 5c50      1:      ldrb    r0, [r2, r1]
03b0 5478              strb    r0, [r7, r1]
03b2 3101              adds    r1, #1
03b4 d1fb              bne     1b
03b6 e791              b       item

03b8 2e10      fill:   cmp     r6, #16                 @ so many bits or more into r5; r2 is lost
03ba d206              bhs     2f
03bc 454c              cmp     r4, r9
03be d205              bhs     3f
03c0 8822              ldrh    r2, [r4]
03c2 3402      1:      adds    r4, #2
03c4 40b2              lsls    r2, r6
03c6 4315              orrs    r5, r2
03c8 3610              adds    r6, #16
03ca 4770      2:      bx      lr
03cc 464a      3:      mov     r2, r9                  @ noughts behind the end, but not for long
03ce 3208              adds    r2, #8
03d0 4294              cmp     r4, r2
03d2 d201              bhs     worst
03d4 2200              movs    r2, #0
03d6 e7f4              b       1b
03d8 e6d8      worst:  b       refuse
                       .ltorg
03da 46c0              nop                             @ constant
03dc 4000 2000         .word   0x20004000              @ constant
03e0 5000 2000         .word   0x20005000              @ constant
03e4 0400 0000         .word   0x00000400              @ constant
03e8 0880 2000         .word   0x20000880              @ constant
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
0412 f7ff ffd1         bl      fill
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
042c f7ff ffc4         bl      fill
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
0444 4a43      2:      ldr     r2, =COUNTS             @ longer than 9 bits, or none: bit by bit from there
0446 1889              adds    r1, r1, r2
0448 b402              push    {r1}
044a 880b              ldrh    r3, [r1]                @ symbols that are shorter; r0 is how far behind the first of its length
044c 3112              adds    r1, #18
044e 3e09              subs    r6, #9
0450 0a6d              lsrs    r5, r5, #9
0452 3e01      3:      subs    r6, #1
0454 086d              lsrs    r5, r5, #1
0456 4140              adcs    r0, r0
0458 3102              adds    r1, #2
045a 880a              ldrh    r2, [r1]
045c 4290              cmp     r0, r2
045e d306              blo     4f
0460 1a80              subs    r0, r0, r2
0462 189b              adds    r3, r3, r2
0464 9a00              ldr     r2, [sp, #0]
0466 321e              adds    r2, #30
0468 4291              cmp     r1, r2
046a d3f2              blo     3b
046c e68e              b       refuse
046e 18c0      4:      adds    r0, r0, r3
0470 0040              lsls    r0, r0, #1
0472 bc02              pop     {r1}
0474 1840              adds    r0, r0, r1
0476 3020              adds    r0, #32
0478 8800              ldrh    r0, [r0]
047a 4760              bx      r12

047c 7011      spread: strb    r1, [r2]                @ r0 times r1 from r2, which moves on
047e 3201              adds    r2, #1
0480 3801              subs    r0, #1
0482 d1fb              bne     spread
0484 4770              bx      lr

0486 b5f0      build:  push    {r4-r7, lr}             @ the code at r1, by r3 lengths from r2
0488 4f32              ldr     r7, =COUNTS
048a 19cf              adds    r7, r1, r7
048c 2420              movs    r4, #32
048e 2000              movs    r0, #0
0490 3c04      1:      subs    r4, #4
0492 5138              str     r0, [r7, r4]
0494 d1fc              bne     1b
0496 5d10      2:      ldrb    r0, [r2, r4]            @ count
0498 0040              lsls    r0, r0, #1
049a 5a3d              ldrh    r5, [r7, r0]
049c 3501              adds    r5, #1
049e 523d              strh    r5, [r7, r0]
04a0 3401              adds    r4, #1
04a2 429c              cmp     r4, r3
04a4 d3f7              blo     2b
04a6 468c              mov     r12, r1
04a8 2000              movs    r0, #0                  @ see where each length begins, and that there are not too many
04aa 8038              strh    r0, [r7]
04ac 2600              movs    r6, #0
04ae 2401              movs    r4, #1
04b0 2502              movs    r5, #2
04b2 4829              ldr     r0, =STARTS_FROM_COUNTS
04b4 1838              adds    r0, r7, r0
04b6 5346      3:      strh    r6, [r0, r5]
04b8 5b79              ldrh    r1, [r7, r5]
04ba 1876              adds    r6, r6, r1
04bc 0064              lsls    r4, r4, #1
04be 1a64              subs    r4, r4, r1
04c0 d48a              bmi     worst
04c2 2d12              cmp     r5, #18
04c4 d101              bne     1f
04c6 803e              strh    r6, [r7]                @ symbols of 9 bits or fewer
04c8 b410              push    {r4}                    @ what 9 bits leave for longer ones
04ca 3502      1:      adds    r5, #2
04cc 2d20              cmp     r5, #32
04ce d3f2              blo     3b
04d0 2400              movs    r4, #0                  @ sort
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
04ee 4819              ldr     r0, =COUNTS
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
0530 bc20              pop     {r5}                    @ the rest: how far 9 bits are behind the last code, for bit by bit
0532 2000              movs    r0, #0
0534 2701              movs    r7, #1
0536 023f              lsls    r7, r7, #8
0538 3d01      3:      subs    r5, #1
053a d409              bmi     4f
053c 005e              lsls    r6, r3, #1
053e 5388              strh    r0, [r1, r6]
0540 3001              adds    r0, #1
0542 003e              movs    r6, r7
0544 4073      9:      eors    r3, r6
0546 4233              tst     r3, r6
0548 d1f6              bne     3b
054a 0876              lsrs    r6, r6, #1
054c d1fa              bne     9b
054e e7f3              b       3b
0550 bdf0      4:      pop     {r4-r7, pc}
0552 46c0              nop                             @ constant
0554 0400 0000         .word   0x00000400              @ constant
0558 0260 0000         .word   0x00000260              @ constant
`;
