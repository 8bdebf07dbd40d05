import type { ArchitectureRegistry } from '@mokus/core';
import { registerDiffusionModels } from './register-diffusion.js';
import { registerOutlines } from './register-outlines.js';
import { registerTextEncoders } from './register-text-encoders.js';

/** Adds every class that a Qwen-Image folder names, and returns the registry. */
export function registerQwenImage(registry: ArchitectureRegistry): ArchitectureRegistry {
  registerTextEncoders(registry);
  registerDiffusionModels(registry);
  registerOutlines(registry);
  return registry;
}
