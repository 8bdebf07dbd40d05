import type { StepTime } from '../step-times.js';
import { type Report, type Tables, table } from '../table.js';
import { type BackendFigures, type TimedPart, timedParts } from './summary.js';

const labels: Readonly<Record<TimedPart, string>> = {
  denoisingStep: 'a denoising step, 64 x 64 pixels',
  ultraEditOneFact: 'a turn of UltraEdit, 1 fact',
  ultraEditHundredFacts: 'a turn of UltraEdit, 100 facts together',
  loraStep: 'a step of learning a LoRA',
  qwenImageBlock: 'a block of Qwen-Image at full width, forward',
  encoderLayer: 'a layer of its 7B text encoder, forward and backward',
};

const measuredOf = (report: Report, name: string): BackendFigures | null => report[name] as BackendFigures | null;

/** Of bench/results/backends.json. */
export const backendTables: Tables = {
  webgpuTimes: (report) => {
    const [web, native] = [measuredOf(report, 'webgpu'), measuredOf(report, 'webgpuNative')];
    const times = (ratio: StepTime | null | undefined): string =>
      ratio == null ? '-' : `${Number(ratio.processorSeconds.toPrecision(2))} x`;
    const between = report.nativeOverWeb as BackendFigures['ratioToCpu'] | null;
    return table(
      ['what', 'onnxruntime-web / CPU', 'onnxruntime-node / CPU', 'onnxruntime-web / onnxruntime-node'],
      timedParts.map((part) => [
        labels[part],
        times(web?.ratioToCpu[part]),
        times(native?.ratioToCpu[part]),
        times(between?.[part]),
      ]),
    );
  },
  webgpuChecks: (report) =>
    table(
      ['provider', 'conformance cases passed', 'pictures as on the CPU', 'weights uploaded again'],
      ['webgpu', 'webgpuNative'].map((name) => {
        const figures = measuredOf(report, name);
        if (figures === null) return [name, '-', '-', '-'];
        const { conformanceCases: cases, conformanceFailed, samePictures, pictures, weightReuploads } = figures;
        return [
          figures.library,
          cases === null ? '-' : `${cases - Object.keys(conformanceFailed).length} of ${cases}`,
          samePictures === null ? '-' : `${samePictures} of ${pictures}`,
          weightReuploads === null ? '-' : String(weightReuploads),
        ];
      }),
    ),
};
