/**
 * Commands that read a whole chip out: its flash, and where the tool can, its UICR.
 *
 * Sources: nRF Command Line Tools, "nrfjprog commands" (one file when --readcode and --readuicr are combined); nRF Util,
 * "device dump-to-file", Examples; pyOCD, docs/command_reference.md, savemem ADDR LEN FILENAME.
 */
export const READOUT_COMMANDS = [
  { tool: 'nrfjprog', commands: ['nrfjprog --readuicr --readcode donor.hex'] },
  { tool: 'nrfutil', commands: ['nrfutil device dump-to-file --code --uicr donor.hex'] },
  { tool: 'pyocd', commands: ['pyocd cmd -t nrf52 -c "savemem 0x0 0x80000 donor.bin"'] },
] as const;
