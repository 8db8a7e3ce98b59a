/** What the UUID of an unprovisioned device tells about its firmware. */

const SIGNS: readonly { readonly pattern: RegExp; readonly text: string }[] = [
  // Source: nRF5 SDK for Mesh 2.0.0 to 3.1.0, examples/common/src/mesh_app_utils.c
  { pattern: /^0059ffff00000000/, text: 'example of the nRF5 SDK for Mesh, 2.0.0 to 3.1.0' },
  // Source: Zephyr, samples/bluetooth/mesh; ESP-IDF, examples/bluetooth/esp_ble_mesh
  { pattern: /^dddd/, text: 'sample of Zephyr or ESP-IDF' },
  // Source: nRF5 SDK for Mesh 4.1.0 to 5.0.0, mesh/core/src/nrf_mesh_configure.c, and nRF Connect SDK: a UUID of version 4 of the FICR
  { pattern: /^.{12}4.{3}[89ab]/, text: 'UUID made from the chip, as Nordic’s stacks do' },
];

/** A few words for a person; nothing where the UUID has no sign. */
export const uuidSign = (uuid: string): string | undefined =>
  SIGNS.find(({ pattern }) => pattern.test(uuid))?.text;
