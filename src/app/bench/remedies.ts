/** What lets a browser on Linux open the probes that Meshpress speaks to: DAPLink, J-Link, Raspberry Pi, NXP. */
const RULES = ['0d28', '1366', '2e8a', '1fc9'].map(
  (vendor) =>
    `SUBSYSTEM=="usb", ATTR{idVendor}=="${vendor}", MODE="0660", TAG+="uaccess", ENV{ID_MM_DEVICE_IGNORE}="1"`,
);

export const UDEV_COMMANDS = [
  {
    tool: 'Rules',
    commands: [
      "sudo tee /etc/udev/rules.d/50-debug-probes.rules <<'END'",
      ...RULES,
      'END',
      'sudo udevadm control --reload-rules && sudo udevadm trigger',
    ],
  },
  { tool: 'Snap', commands: ['sudo snap connect chromium:raw-usb'] },
] as const;
