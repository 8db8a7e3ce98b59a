/** USB debug probes, each kind as the same `SwdLink`. */
export { chooseProbe, openProbe, type ProbeOptions, type UsbEnvironment } from './open-probe.ts';
export {
  PROBE_FILTERS,
  recogniseProbe,
  type PossibleProbe,
  type RecognisedProbe,
  type UnknownProbe,
} from './recognise.ts';
export type { Platform } from './errors.ts';
export { askProbe } from './probe-answers.ts';
export {
  pollAp,
  readAp,
  readDp,
  wordsRead,
  writeAp,
  writeDp,
  type ProbeInfo,
  type ProbeKind,
  type ProbeAnswer,
  type SwdLink,
  type SwdPort,
  type SwdRegister,
  type SwdTransfer,
} from './swd-link.ts';
