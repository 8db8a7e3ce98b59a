/**
 * Registers of the nRF52 and of its Cortex-M4, by their datasheet names.
 * Source: nRF52832, nRF52833 and nRF52840 product specifications; ARMv7-M Architecture Reference Manual, C1.6.
 */

/* NVMC */
export const NVMC_READY = 0x4001e400;
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

/* Core debug */
export const AIRCR = 0xe000ed0c;
export const DHCSR = 0xe000edf0;
export const DEMCR = 0xe000edfc;
export const FP_CTRL = 0xe0002000;
export const AIRCR_SYSRESETREQ = 0x05fa0004;
export const DHCSR_KEY = 0xa05f0000;
export const C_DEBUGEN = 1 << 0;
export const C_HALT = 1 << 1;
export const C_MASKINTS = 1 << 3;
export const S_HALT = 1 << 17;
export const VC_CORERESET = 1 << 0;
export const FP_CTRL_OFF = 0x2;
