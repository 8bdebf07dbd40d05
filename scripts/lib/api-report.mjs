/**
 * The public API of every entry point as a text, by API Extractor, from the built declarations: api/NAME.api.md. A change
 * of what others may use is then seen in review.
 */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { CompilerState, Extractor, ExtractorConfig } from '@microsoft/api-extractor';
import { entryPoints } from './entry-points.mjs';
import { keepCurrent } from './generated.mjs';
import { folderOf } from './house.mjs';
import { root } from './run.mjs';

/** `@mokus/core/testing` -> `core.testing`. */
const reportName = (name) => name.replace('@mokus/', '').replaceAll('/', '.');

function configOf({ folder, name, types }, reportFolder) {
  const projectFolder = join(root, folderOf(folder));
  return ExtractorConfig.prepare({
    packageJsonFullPath: join(projectFolder, 'package.json'),
    configObjectFullPath: undefined,
    projectFolderLookupToken: undefined,
    configObject: {
      projectFolder,
      mainEntryPointFilePath: types,
      compiler: { overrideTsconfig: { extends: join(root, 'tsconfig.base.json'), files: [types] } },
      apiReport: {
        enabled: true,
        reportFileName: reportName(name),
        reportFolder,
        reportTempFolder: reportFolder,
        includeForgottenExports: true,
      },
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      tsdocMetadata: { enabled: false },
      messages: {
        compilerMessageReporting: { default: { logLevel: 'none' } },
        extractorMessageReporting: { default: { logLevel: 'none' } },
        tsdocMessageReporting: { default: { logLevel: 'none' } },
      },
    },
  });
}

/** Writes the reports to a folder beside, then holds those of api/ to them. */
export function checkApiReports(options) {
  const fresh = mkdtempSync(join(tmpdir(), 'mokus-api-'));
  try {
    const configs = entryPoints.map((entry) => configOf(entry, fresh));
    // One program for all: parsing TypeScript's own library anew for each would take most of the time.
    const compilerState = CompilerState.create(configs[0], {
      additionalEntryPoints: entryPoints.map(({ types }) => types),
    });
    mkdirSync(join(root, 'api'), { recursive: true });
    const known = configs.map(({ reportFilePath }) => basename(reportFilePath));
    const problems = readdirSync(join(root, 'api'))
      .filter((file) => !known.includes(file))
      .map((file) => `api/${file} is of no entry point: remove it`);
    for (const config of configs) {
      Extractor.invoke(config, { localBuild: true, compilerState, messageCallback: silence });
      try {
        const file = basename(config.reportFilePath);
        keepCurrent(`api/${file}`, readFileSync(join(fresh, file), 'utf8'), options);
      } catch (error) {
        problems.push(error.message);
      }
    }
    if (problems.length > 0) throw new Error(problems.join('\n'));
  } finally {
    rmSync(fresh, { recursive: true });
  }
}

/** Its remarks are on documentation tags, of which only the report's own text counts here. */
function silence(message) {
  message.handled = true;
}
