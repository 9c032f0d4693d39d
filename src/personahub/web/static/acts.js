/** What can be done with the records of a list, whether by a key or by a button. */
import { Cell } from "./cell.js";
import { useEffect, useRef } from "./html.js";
import { back } from "./judging.js";
import { onKeys } from "./keys.js";
import { bulkOpen } from "./parts/bulk.js";
import { sideOpen } from "./parts/side.js";
import { step } from "./records.js";
import { announced, say, set, settings, tableOf } from "./session.js";
import { tick } from "./ticked.js";
import { advances, answer, decide, questions, typed } from "./typed.js";
import { go } from "./url.js";

/** @type {Cell<string>} id of the record whose origin is to be seen as soon as it is there */
export const sought = new Cell("");

/**
 * @param {import("./url.js").Place} here
 * @param {any} list
 * @returns {{current: (name: string, record?: any) => boolean}}
 */
export function useActs(here, list) {
  const act = useRef(/** @type {any} */ (null));
  act.current = (name, record = list.alone ? typed.value.record : list.records[list.at], event = null) => {
    if (Object.hasOwn(ON_RECORD, name)) return record ? ON_RECORD[name]({ here, list, record, event }) !== false : false;
    return ANYWHERE[name]?.({ here, list, event }) ?? false;
  };
  useEffect(() => onKeys((name, event) => act.current(name, undefined, event)), []);
  return act;
}

/** @type {Record<string, (of: {here: any, list: any, record: any, event: any}) => boolean | void>} */
const ON_RECORD = {
  at: ({ record }) => go({ at: record.id }, "later"),
  similar: ({ here, record }) => {
    if (record.table === "rejected") return false;
    const field = here.near?.field ?? tableOf(record.table)?.vectors?.[0] ?? tableOf(record.table)?.fields[0];
    return go({ screen: "explore", near: { id: record.id, field, order: here.near?.order ?? "most" } });
  },
  focus: ({ here, record }) => go(here.screen === "focus" ? { screen: "explore", at: record.id } : { screen: "focus", at: record.id }),
  lineage: ({ record }) => {
    sought.set(record.id);
    go({ screen: "focus", at: record.id });
  },
  tick: ({ record }) => tick(record.id),
  submit: (of) => decided(of, "submit"),
  discard: (of) => decided(of, "discard"),
  draft: (of) => decided(of, "draft"),
  skip: (of) => decided(of, "skip"),
  clear: (of) => decided(of, "clear"),
  rate: ({ event }) => rate(event.key),
  correct: () => open("correction"),
  feedback: () => open("text"),
};

/** @type {Record<string, (of: {here: any, list: any, event: any}) => boolean>} */
const ANYWHERE = {
  next: ({ here, list }) => moved(step(here, list, 1), "That was the last record."),
  previous: ({ here, list }) => moved(step(here, list, -1), "This is the first record."),
  leave: ({ here }) => {
    if (here.near) go({ near: null });
    return Boolean(here.near);
  },
  rendered: () => {
    set({ rendered: !settings.value.rendered });
    announced.set(settings.value.rendered ? "rendered" : "raw text");
    return true;
  },
  undo: () => {
    back("undo");
    return true;
  },
  redo: () => {
    back("redo");
    return true;
  },
  search: () => {
    const box = document.getElementById("search");
    box?.focus();
    box?.select();
    return Boolean(box);
  },
  bulk: () => {
    bulkOpen.set(true);
    return true;
  },
};

/**
 * @param {boolean} did
 * @param {string} otherwise
 */
function moved(did, otherwise) {
  if (!did) announced.set(otherwise);
  return true;
}

/**
 * @param {{here: any, list: any, record: any}} of
 * @param {"submit" | "discard" | "draft" | "skip" | "clear"} action
 */
function decided({ here, list, record }, action) {
  if (!list.fresh) {
    announced.set("One moment: the records are on their way.");
    return true;
  }
  if (typed.value.record?.id !== record.id || !decide(action)) return false;
  if (document.activeElement?.closest(".panel form")) document.activeElement.blur();
  if (advances(action) && !step(here, list, 1)) say("That was the last record of this list.");
  return true;
}

/** @param {string} digit */
function rate(digit) {
  const question = questions.value?.find((one) => one.kind === "rating" || one.kind === "choice" || one.kind === "choices");
  if (!question) return false;
  const step = digit === "0" && question.least !== 0 ? 10 : Number(digit);
  if (question.kind === "rating") {
    if (step < question.least || step > question.most) return false;
    answer(question.name, step);
    announced.set(`rated ${step}`);
    return true;
  }
  const option = question.options[step - 1];
  if (!option) return false;
  const chosen = typed.value.answers[question.name] ?? [];
  if (question.kind === "choice") answer(question.name, option.value);
  else answer(question.name, chosen.includes(option.value) ? chosen.filter((one) => one !== option.value) : [...chosen, option.value]);
  announced.set(option.label);
  return true;
}

/** @param {string} kind */
function open(kind) {
  const question = questions.value?.find((one) => one.kind === kind);
  const input = question && document.getElementById(`question-${question.name}`);
  if (!input) return false;
  sideOpen.set(true);
  if (input.tagName === "BUTTON") input.click();
  else if (input.checkVisibility()) input.focus();
  else requestAnimationFrame(() => input.focus());
  return true;
}
