import { readFileBounded, reasonOf, SlipwayError } from '../../util/index.ts';
import { jsonPathValues, parseGoTemplate, parseJsonPath, renderGoTemplate, renderJsonPath } from '../template/index.ts';
import { goInterface, goJson, type JsonValue } from '../text/index.ts';
import type { ReleaseInfo } from './info.ts';
import { formatInfoJson } from './json.ts';

/** Makes text of a release, as one `-o` form says. */
export type InfoTemplate = (info: ReleaseInfo) => string;

type Renderer = (text: string) => (value: JsonValue) => string;

const goTemplate: Renderer = (text) => {
  const template = parseGoTemplate(text);
  return (value) => renderGoTemplate(template, value);
};
const jsonPath: Renderer = (text) => {
  const template = parseJsonPath(text);
  return (value) => renderJsonPath(template, value);
};
const jsonPathAsJson: Renderer = (text) => {
  const template = parseJsonPath(text);
  return (value) => `${goJson(jsonPathValues(template, value).map(goInterface), '    ')}\n`;
};

/** kubectl's names of the forms; with `-file`, the template is in a file. */
const FORMS: ReadonlyMap<string, Renderer> = new Map([
  ['template', goTemplate],
  ['go-template', goTemplate],
  ['templatefile', goTemplate],
  ['go-template-file', goTemplate],
  ['jsonpath', jsonPath],
  ['jsonpath-file', jsonPath],
  ['jsonpath-as-json', jsonPathAsJson],
]);

export const TEMPLATE_FORMS: readonly string[] = [...FORMS.keys()];

/**
 * The renderer of `-o jsonpath=…`, `-o template=…` and the like; `form` and `text` are what stands around the equals
 * sign. Throws `PAYLOAD_TEMPLATE_INVALID`, `PAYLOAD_JSONPATH_INVALID`, `PAYLOAD_TEMPLATE_UNREADABLE`.
 */
export async function infoTemplate(form: string, text: string): Promise<InfoTemplate> {
  const renderer = FORMS.get(form);
  if (renderer === undefined || text === '') {
    throw new SlipwayError('PAYLOAD_TEMPLATE_INVALID', `${form} is no form of output, or has no template.`, {
      place: { field: '--output' },
      hint: `Forms with templates: ${TEMPLATE_FORMS.join(', ')}; for example -o jsonpath='{.metadata.version}'.`,
    });
  }
  let template = text;
  if (form.endsWith('file')) {
    try {
      template = (await readFileBounded(text)).toString('utf8');
    } catch (cause) {
      throw new SlipwayError('PAYLOAD_TEMPLATE_UNREADABLE', `the template can not be read: ${reasonOf(cause)}.`, {
        place: { file: text },
        cause,
      });
    }
  }
  const render = renderer(template);
  return (info) => render(JSON.parse(formatInfoJson(info)));
}
