import type { CustomizationMethod } from '@mokus/core';

/** Processor time of customizing, which other processes lengthen less than wall time. */
export class ProcessorMeter {
  /** Of the last call. */
  seconds: { learn: number; bind: number } = { learn: 0, bind: 0 };

  /** The method, metered. */
  metered(method: CustomizationMethod): CustomizationMethod {
    return {
      name: method.name,
      customize: async (on, subject, { onProgress, ...run } = {}) => {
        const started = processorSeconds();
        let learned = started;
        const made = await method.customize(on, subject, {
          ...run,
          onProgress: (event) => {
            if (event.kind === 'learn') learned = processorSeconds();
            onProgress?.(event);
          },
        });
        this.seconds = { learn: learned - started, bind: processorSeconds() - learned };
        return made;
      },
    };
  }
}

function processorSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}
