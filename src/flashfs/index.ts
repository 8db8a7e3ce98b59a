export { flashManagerKind } from './flash-manager-kind.ts';
