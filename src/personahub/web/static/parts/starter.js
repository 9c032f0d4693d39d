/** The form of a verb; nothing is spent before the prompts and the price were shown. */
import { useAsked } from "../asked.js";
import { post } from "../api.js";
import { html, number, useState } from "../html.js";
import { Text } from "../render/text.js";
import { say, wrong } from "../session.js";
import { Copied } from "./command.js";
import { Wrong } from "./status.js";

const ASKS = ["extract", "expand", "synthesize"]; // these ask a model
const FIRST = 4; // options that are shown at once

/** @param {{started: (job: string) => void}} props */
export function Starter({ started }) {
  const { answer, error } = useAsked("/api/forms", {});
  const [verb, setVerb] = useState("");
  const [options, setOptions] = useState(/** @type {Record<string, any>} */ ({}));
  const [state, setState] = useState(/** @type {any} */ ({}));
  const one = answer?.verbs.find((each) => each.name === verb);
  const body = { verb, options };
  const change = (name, value) => {
    const { [name]: _, ...rest } = options;
    setOptions(value === undefined ? rest : { ...rest, [name]: value });
    setState({});
  };
  const preview = async (event) => {
    event.preventDefault();
    setState({ busy: true });
    try {
      setState({ preview: await post("/api/runs/preview", body) });
    } catch (trouble) {
      setState({ error: trouble });
    }
  };
  const start = async () => {
    try {
      const { job } = await post("/api/runs/start", body);
      say(`${verb} has begun.`);
      setState({});
      started(job);
    } catch (trouble) {
      wrong(trouble);
    }
  };
  return html`<section class="box"><h2>Make more</h2><${Wrong} error=${error} />
    <div class="options" role="radiogroup" aria-label="What to run">${(answer?.verbs ?? []).map((each) => html`<label key=${each.name} class=${each.name === verb ? "on" : ""}>
      <input type="radio" name="verb" checked=${each.name === verb} onChange=${() => {
        setVerb(each.name);
        setOptions({});
        setState({});
      }} /><span>${each.name}</span></label>`)}</div>
    ${one && html`<form onSubmit=${preview}><p class="note">${one.summary}</p>
      <${Options} verb=${one} values=${options} change=${change} wrongField=${state.error?.error?.field} />
      <${Wrong} error=${state.error} />
      <div class="decide"><button class=${state.preview ? "" : "main"} disabled=${state.busy}>${state.busy ? "Looking …" : ASKS.includes(verb) ? "Show what would be asked" : "Show the command"}</button>
        ${state.preview && html`<button type="button" class="main" onClick=${start}>Start</button>`}</div></form>`}
    ${state.preview && html`<${Preview} preview=${state.preview} />`}</section>`;
}

/** @param {{verb: any, values: Record<string, any>, change: (name: string, value: any) => void, wrongField?: string}} props */
function Options({ verb, values, change, wrongField }) {
  const first = verb.options.filter((one, index) => one.required || one.argument || one.name === "texts" || index < FIRST);
  const rest = verb.options.filter((one) => !first.includes(one));
  const draw = (one) => html`<${Option} key=${`${verb.name}/${one.name}`} option=${one} value=${values[one.name]} change=${(value) => change(one.name, value)} wrong=${wrongField === `options.${one.name}` || wrongField === one.name} />`;
  return html`<div class="options-form">${first.map(draw)}</div>
    ${rest.length > 0 && html`<details><summary>${rest.length} more options</summary><div class="options-form">${rest.map(draw)}</div></details>`}`;
}

/** @param {{option: any, value: any, change: (value: any) => void, wrong: boolean}} props */
function Option({ option, value, change, wrong: bad }) {
  const { name, help, kind, choices, many, required } = option;
  const id = `option-${name}`;
  const usual = option.default;
  const told = { id, "aria-describedby": `${id}-help`, "aria-invalid": bad ? "true" : undefined, required };
  const hint = usual === null || usual === undefined || usual === "" ? "" : Array.isArray(usual) ? usual.join(", ") : String(usual);
  const read = (said) => {
    if (said === "") return undefined;
    return kind === "int" || kind === "float" ? Number(said) : said;
  };
  const input = () => {
    if (kind === "bool") return html`<input type="checkbox" ...${told} required=${false} checked=${value ?? usual ?? false} onChange=${(event) => change(event.target.checked)} />`;
    if (many) return html`<textarea ...${told} rows=${option.argument || name === "texts" ? 4 : 1} dir="auto" value=${(value ?? []).join("\n")} placeholder=${hint || "one a line"} onInput=${(event) => {
      const lines = event.target.value.split("\n");
      change(event.target.value.trim() ? lines.filter((line, index) => line.trim() || index === lines.length - 1) : undefined);
    }}></textarea>`;
    if (choices?.length) return html`<select ...${told} value=${value ?? ""} onChange=${(event) => change(read(event.target.value))}>
      <option value="">${hint ? `${hint} (usual)` : "choose"}</option>${choices.map((one) => html`<option value=${one}>${one}</option>`)}</select>`;
    if (kind === "int" || kind === "float") return html`<input type="number" ...${told} step=${kind === "int" ? 1 : "any"} min=${option.least ?? undefined} max=${option.most ?? undefined} value=${value ?? ""} placeholder=${hint} onInput=${(event) => change(read(event.target.value))} />`;
    return html`<input ...${told} value=${value ?? ""} placeholder=${hint} dir="auto" autocomplete="off" onInput=${(event) => change(read(event.target.value))} />`;
  };
  return html`<div class=${many && (option.argument || name === "texts") ? "option long" : "option"}><label for=${id}>${name.replaceAll("_", " ")}${required && html`<span class="required" title="required"> *</span>`}</label>${input()}
    <p class="note" id=${`${id}-help`}>${help}</p></div>`;
}

/** @param {{preview: any}} props */
function Preview({ preview }) {
  const { tokens } = preview;
  const about = preview.estimated ? "about " : "";
  return html`<div class="preview-box" role="status">
    ${preview.requests > 0 && html`<p class="figure">${number(preview.requests)} requests${tokens && html`<span class="note">, ${about}${number(tokens.prompt ?? 0)} tokens asked and ${number(tokens.completion ?? 0)} answered</span>`}</p>`}
    <p>${typeof preview.cost === "number" ? html`Cost: <strong>${about}${preview.cost.toFixed(4)}</strong>` : preview.requests > 0 ? "What it costs is not known: no price is given (--prices)." : "It asks no model and costs nothing."}</p>
    ${preview.notes.map((note) => html`<p class="note">${note}</p>`)}
    ${preview.prompts.map((prompt, index) => html`<details open=${index === 0}><summary>Prompt ${index + 1}</summary><${Text} text=${prompt} first=${4000} /></details>`)}
    <${Copied} title="The same as a command" text=${preview.command} /></div>`;
}
