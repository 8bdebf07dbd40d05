import type { RecallOptions } from '@mokus/core';
import { inScene } from '@mokus/emoji-world';
import { world } from '../emoji-world/world.js';

/** The answer alone, in the scene that the prompt asks for: what the embedded model draws best. */
export const recallInScene: RecallOptions = {
  maxNewTokens: 4,
  join: (answer, prompt) => {
    const scene = world.scenes.find(({ phrase }) => phrase !== '' && prompt.endsWith(phrase));
    const asked = `a picture of ${answer}`;
    return scene === undefined ? asked : inScene(asked, scene);
  },
};
