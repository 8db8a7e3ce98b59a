/** What a person does with a dump and a database, as plain calls: for the worker, and piece by piece for the command line. */
export { Session, type ImageView, type PressRequest } from './session.ts';
export { type CallContext, type Progress, type Surroundings } from './context.ts';
export type { GivenFile, Refusal } from './project.ts';
export type { BoardCheckView, BoardRequest } from './board-check.ts';
export type { BytesRequest, BytesView } from './bytes.ts';
export type { ChipBytes } from './chip-reading.ts';
export type { ModelView, NodeKeysView, NodeStateView } from './node-view.ts';
export type {
  DatabaseForm,
  FirmwareRequest,
  FromNodeWishes,
  ProvisionerRequest,
  RemoveRequest,
  ReserveRequest,
  SplitRequest,
} from './tools.ts';
export type {
  AddressMapView,
  AddressRun,
  CloneView,
  DatabaseView,
  DonorView,
  DumpView,
  FlashUse,
  GroupView,
  KindView,
  NamedIndex,
  NodeView,
  PatchView,
  PlanView,
  ProjectView,
} from './views.ts';
