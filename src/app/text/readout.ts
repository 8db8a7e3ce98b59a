/** Commands that read a whole nRF52832 out: its flash, and where the tool can, its UICR. */
export const READOUT_COMMANDS = [
  { tool: 'nrfjprog', commands: ['nrfjprog --readcode donor.hex --readuicr uicr.hex'] },
  { tool: 'nrfutil', commands: ['nrfutil device read --address 0x0 --bytes 0x80000 --to-file donor.hex'] },
  { tool: 'pyocd', commands: ['pyocd cmd -t nrf52 -c "savemem 0x0 0x80000 donor.bin"'] },
] as const;
