/** What pages say, in each language; the compiler names a text that is missing. */

import type { Language } from '../../../domain/description.ts';
import { en } from './en.ts';
import { pt, type Texts } from './pt.ts';

export const TEXTS: Readonly<Record<Language, Texts>> = { 'pt-BR': pt, en };
