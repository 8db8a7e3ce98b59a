/** Let the page answer a person before it goes on drawing what stands further down. */
export const breathe = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));
