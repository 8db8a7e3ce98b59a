/** This browser as a node of a network. */
export {
  mergeOwnNodes,
  openOwnNode,
  OwnNode,
  type OwnNodeRecord,
  type OwnNodeSetup,
  type OwnNodeStore,
} from './own-node.ts';
