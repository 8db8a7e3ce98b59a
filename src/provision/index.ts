/** A device joins a network and is told what to do there, over any bearer. */
export { DevicesAround, type DeviceAround } from './devices-around.ts';
export {
  defaultName,
  Provisioner,
  type DeviceOrder,
  type ProvisionerOptions,
  type ProvisioningStep,
} from './provisioner.ts';
export { guideRecipe, isDone, type LineOutcome, type RecipeLine } from './recipe.ts';
export { uuidSign } from './known-devices.ts';
export { readFeatures, type DonorFeatures, type FeatureState } from './features.ts';
