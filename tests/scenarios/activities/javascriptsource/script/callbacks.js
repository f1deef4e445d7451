/* What is registered lives as long as the module (activities J18). */
export const callbacks = new Map();
