/** Kinds of image: how a mesh stack keeps a node's state in flash, and what a clone changes there. */
export { IMAGE_KINDS } from './list.ts';
export { joinFirmware, type JoinedFirmware } from './new-firmware.ts';
export { ALL_OPTIONS, placeRaw, readImage, stackTitle, stillToRead } from './read-image.ts';
export { dropsUicr, keepsExternalFlash } from './common-options.ts';
export { shownUicr, type ShownUicrWord } from './uicr.ts';
export { checkChoices, choiceOf, writtenChoices } from './options.ts';
export type * from './image-kind.ts';
