/** What a dump is to every other room: bytes by address, chips, and what a node's firmware knows. */
export { CHUNK_SIZE, MemoryImage, findOverlap, type Segment, type Stretch } from './memory-image.ts';
export type { PackedPage } from './packed-page.ts';
export { changesOf, type Patch, type PatchPurpose } from './patch.ts';
export { CHIPS, FICR_START, UICR_END, UICR_START, chipNamedBy, findChip, type Chip } from './chips.ts';
export { DEVICEADDR, DEVICEID, factoryIdsIn, type FactoryIds } from './factory-ids.ts';
export { describeUicr, uicrTitles, type UicrWord } from './uicr.ts';
export { codeWordsOf, foreignUicr, withoutUicr } from './uicr-places.ts';
export { splitMemories, type Memories, type OtherMemory } from './memories.ts';
export { formatNodeState, type NodeStateJson } from './node-state-json.ts';
export type * from './node-state.ts';
export type * from './start-fault.ts';
