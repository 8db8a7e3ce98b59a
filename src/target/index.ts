/** The nRF52 behind a link: identify, unlock, read, program, verify, reset. */
export { Nrf52, type AttachOptions } from './nrf52.ts';
export type { CompareOptions, Comparison } from './compare.ts';
export type { ChipIdentity } from './identify.ts';
export type { ErasePermission, ProgramOptions, ProgramReport, ProgramStage } from './program.ts';
export {
  directWriter,
  type FlashWriter,
  type FlashWriterContext,
  type OpenFlashWriter,
} from './flash-writer.ts';
export { type ChipEraseReason, type PagePlan, type UicrPlan, type WritePlan } from './write-plan.ts';
export { loaderWriter } from './loader-writer.ts';
export { isBlank, type DonorReading, type DonorReadOptions, type DonorReadStage } from './donor-read.ts';
export { watchCore, type RunningState } from './running-state.ts';
export { findRtt, readRtt, type RttBlock, type RttChannel, type RttSearch } from './rtt.ts';
