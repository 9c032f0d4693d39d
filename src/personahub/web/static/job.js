/** Work that the server does beside: looked at once a second until it ends. */
import { post } from "./api.js";
import { useEffect, useState } from "./html.js";

const AGAIN = 1_000;

/**
 * @param {string | null} job
 * @param {(state: any) => void} [ended]
 * @returns {{state: any, error: any}}
 */
export function useJob(job, ended) {
  const [told, setTold] = useState(/** @type {{of: string | null, state: any, error: any}} */ ({ of: null, state: null, error: null }));
  useEffect(() => {
    if (!job) return undefined;
    let waits = 0;
    let gone = false;
    const look = async () => {
      let running = true;
      try {
        const state = await post("/api/job", { job });
        if (gone) return;
        setTold({ of: job, state, error: null });
        running = state.state === "running";
        if (!running) ended?.(state);
      } catch (error) {
        if (gone) return;
        setTold((now) => ({ ...now, of: job, error }));
        running = error.status !== 404;
      }
      if (running) waits = setTimeout(look, AGAIN);
    };
    look();
    return () => {
      gone = true;
      clearTimeout(waits);
    };
  }, [job]);
  return told.of === job ? told : { state: null, error: null };
}
