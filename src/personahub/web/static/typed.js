/** What stands in the panel and is not decided yet, of the record that is looked at. */
import { Cell } from "./cell.js";
import { forget, judge, remember, remembered, stand, subject } from "./judging.js";
import { hub, say, settings } from "./session.js";

/** @type {Cell<{subject: string, record: any, answers: Record<string, any>, fresh: boolean}>} `fresh`: something was typed */
export const typed = new Cell({ subject: "", record: null, answers: {}, fresh: false });
/** @type {Cell<any[] | null>} the questions of the table and task; null until they are there */
export const questions = new Cell(null);

/**
 * Another record is looked at, or the same one with another judgement.
 * @param {any} record
 */
export function look(record) {
  const name = subject(record);
  const kept = remembered(name);
  const answers = kept ?? stand(record).judgement?.answers ?? {};
  typed.set({ subject: name, record, answers, fresh: kept !== null });
}

/**
 * @param {string} question
 * @param {any} value undefined: no answer
 */
export function answer(question, value) {
  const { [question]: _, ...rest } = typed.value.answers;
  const answers = value === undefined ? rest : { ...rest, [question]: value };
  typed.set({ ...typed.value, answers, fresh: true });
  remember(typed.value.subject, answers);
}

/** The answers as the server takes them: nothing empty, no correction that changes nothing. */
export function answers() {
  const { record } = typed.value;
  const kept = Object.entries(typed.value.answers).filter(([name, value]) => {
    const question = questions.value?.find((one) => one.name === name);
    if (!question || value === undefined || value === null || value === "") return false;
    if (Array.isArray(value) && !value.length) return false;
    return question.kind !== "correction" || record.cut?.[question.field] || value !== record.texts[question.field];
  });
  return Object.fromEntries(kept);
}

/**
 * @param {"submit" | "discard" | "draft" | "skip" | "clear"} action
 * @returns {boolean} whether it was decided
 */
export function decide(action) {
  const { record } = typed.value;
  if (!record || record.table === "rejected") return false;
  if (hub.value.read_only) {
    say("This page only reads: it was started with --read-only.", "wrong");
    return false;
  }
  if (!questions.value) {
    say("The questions are not there yet.");
    return false;
  }
  const given = answers();
  const open = questions.value.find((one) => one.required && !(one.name in given));
  if (action === "submit" && open) {
    say(`${open.title} is still to be answered.`, "wrong");
    document.getElementById(`question-${open.name}`)?.focus();
    return false;
  }
  judge(record, action, action === "clear" ? {} : given);
  say({ submit: "Submitted.", discard: "Discarded.", draft: "Kept as a draft.", skip: "Skipped.", clear: "Pending again." }[action]);
  typed.set({ ...typed.value, answers: action === "clear" ? {} : given, fresh: false });
  return true;
}

/** What was typed is let go: the judgement as it is kept shows again. */
export function revert() {
  const { record, subject: name } = typed.value;
  forget(name);
  typed.set({ subject: name, record, answers: stand(record).judgement?.answers ?? {}, fresh: false });
}

/** Whether a decision leads to the next record. */
export const advances = (action) => settings.value.advance && action !== "draft" && action !== "clear";
