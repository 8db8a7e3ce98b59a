/** Access messages: what is said to the models of a node, whatever carries it there. */
export { formatOpcode, readOpcode } from './opcode.ts';
export {
  isVendorModel,
  modelId,
  type KeyIndexPair,
  type ModelId,
  type PublishKey,
  type PublishRetransmit,
} from './fields.ts';
export type { AccessMessage, ParametersOf } from './message.ts';
export { CONFIGURATION_STATUS, configuration, configurationStatusText } from './configuration.ts';
export {
  GENERIC_ON_OFF_CLIENT,
  GENERIC_ON_OFF_SERVER,
  genericOnOff,
  type OnOffTarget,
  type Transition,
} from './generic-on-off.ts';
export {
  formatComposition,
  parseComposition,
  type Composition,
  type CompositionElement,
  type Feature,
} from './composition.ts';
export {
  requests,
  type AccessKey,
  type AnswerOf,
  type PublicationSettings,
  type Request,
} from './requests.ts';
