import { existsSync, readFileSync } from 'node:fs';

/** The most memory this process ever held. On Linux `maxRSS` is at least what the parent had when it started this process, so the kernel is asked itself. */
export function peakMegabytes(): number {
  const status = existsSync('/proc/self/status') ? readFileSync('/proc/self/status', 'utf8') : '';
  const kilobytes = /^VmHWM:\s*(\d+) kB$/m.exec(status)?.[1];
  return (kilobytes ? Number(kilobytes) : process.resourceUsage().maxRSS) / 1024;
}
