/**
 * Registers of the nRF52 and of its Cortex-M4, by their datasheet names.
 * Source: nRF52832, nRF52833 and nRF52840 product specifications; ARMv7-M Architecture Reference Manual, C1.6.
 */

/* NVMC */
export const NVMC_READY = 0x4001e400;
/** On chips later than the nRF52832; 0 on that and the nRF52810. */
export const NVMC_READYNEXT = 0x4001e408;
export const NVMC_CONFIG = 0x4001e504;
export const NVMC_ERASEPAGE = 0x4001e508;
export const NVMC_ERASEALL = 0x4001e50c;
export const NVMC_ERASEUICR = 0x4001e514;
export const CONFIG_REN = 0;
export const CONFIG_WEN = 1;
export const CONFIG_EEN = 2;

/* UICR */
export const UICR_APPROTECT = 0x10001208;
export const APPROTECT_ENABLED = 0xffffff00;

/* Power */
/** Why it was reset, one bit each, until it is written there or the power goes. */
export const POWER_RESETREAS = 0x40000400;
/** It was in System OFF, and a debugger that asked for power woke it. */
export const RESETREAS_DIF = 1 << 18;

/* Watchdog */
export const WDT_RUNSTATUS = 0x40010400;
export const WDT_RR0 = 0x40010600;
export const WDT_RELOAD_REQUEST = 0x6e524635;

/* Rules about running from RAM */
export const MPU_CTRL = 0xe000ed94;

/* Core debug */
export const AIRCR = 0xe000ed0c;
export const DHCSR = 0xe000edf0;
export const DCRSR = 0xe000edf4;
export const DCRDR = 0xe000edf8;
export const DEMCR = 0xe000edfc;
export const FP_CTRL = 0xe0002000;
export const AIRCR_SYSRESETREQ = 0x05fa0004;
export const DHCSR_KEY = 0xa05f0000;
export const C_DEBUGEN = 1 << 0;
export const C_HALT = 1 << 1;
export const C_MASKINTS = 1 << 3;
export const S_REGRDY = 1 << 16;
export const S_HALT = 1 << 17;
export const S_SLEEP = 1 << 18;
export const S_LOCKUP = 1 << 19;
/** Since it was read last. */
export const S_RESET_ST = 1 << 25;
export const TRCENA = 1 << 24;
export const ICSR = 0xe000ed04;
export const VTOR = 0xe000ed08;
/** Number of the exception that the core is in; 0 for none. */
export const ICSR_VECTACTIVE = 0x1ff;
/** Where the core is, asked without stopping it; all ones where it does not say. */
export const DWT_PCSR = 0xe000101c;
export const DCRSR_WRITE = 1 << 16;
/** Register numbers of DCRSR. */
export const REGISTER_SP = 13;
export const REGISTER_PC = 15;
export const REGISTER_XPSR = 16;
export const XPSR_EXCEPTION = 0x1ff;
export const REGISTER_MSP = 17;
export const REGISTER_PSP = 18;
/** CONTROL, FAULTMASK, BASEPRI and PRIMASK, from the top byte down. */
export const REGISTER_SPECIAL = 20;
export const XPSR_THUMB = 1 << 24;
export const PRIMASK_SET = 1;
export const VC_CORERESET = 1 << 0;
export const FP_CTRL_OFF = 0x2;
