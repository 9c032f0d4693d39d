/** What the commands of TeX stand for: a small, safe part of it, as characters. */

const pairs = (words) => words.trim().split(/\s+/).map((pair) => pair.split("=", 2));

export const LETTERS = new Map(pairs(`
  alpha=α beta=β gamma=γ delta=δ epsilon=ϵ varepsilon=ε zeta=ζ eta=η theta=θ vartheta=ϑ iota=ι kappa=κ lambda=λ mu=μ
  nu=ν xi=ξ pi=π varpi=ϖ rho=ρ varrho=ϱ sigma=σ varsigma=ς tau=τ upsilon=υ phi=ϕ varphi=φ chi=χ psi=ψ omega=ω
  Gamma=Γ Delta=Δ Theta=Θ Lambda=Λ Xi=Ξ Pi=Π Sigma=Σ Upsilon=Υ Phi=Φ Psi=Ψ Omega=Ω
  infty=∞ partial=∂ nabla=∇ ell=ℓ hbar=ℏ Re=ℜ Im=ℑ aleph=ℵ emptyset=∅ varnothing=∅ imath=ı jmath=ȷ angle=∠ triangle=△
  degree=° prime=′ top=⊤ bot=⊥ square=□ checkmark=✓ complement=∁ dots=… ldots=… cdots=⋯ vdots=⋮ ddots=⋱`));

export const OPERATORS = new Map(pairs(`
  times=× cdot=⋅ div=÷ pm=± mp=∓ ast=∗ star=⋆ circ=∘ bullet=∙ oplus=⊕ ominus=⊖ otimes=⊗ wedge=∧ vee=∨ land=∧ lor=∨
  neg=¬ lnot=¬ cap=∩ cup=∪ setminus=∖ le=≤ leq=≤ leqslant=⩽ ge=≥ geq=≥ geqslant=⩾ ne=≠ neq=≠ lt=< gt=> ll=≪ gg=≫
  approx=≈ sim=∼ simeq=≃ cong=≅ equiv=≡ propto=∝ mid=∣ nmid=∤ parallel=∥ perp=⊥ in=∈ notin=∉ ni=∋ subset=⊂
  subseteq=⊆ supset=⊃ supseteq=⊇ forall=∀ exists=∃ nexists=∄ to=→ rightarrow=→ leftarrow=← leftrightarrow=↔
  Rightarrow=⇒ Leftarrow=⇐ Leftrightarrow=⇔ implies=⟹ iff=⟺ mapsto=↦ longrightarrow=⟶ uparrow=↑ downarrow=↓
  therefore=∴ because=∵ colon=: vert=| Vert=‖ lvert=| rvert=| lVert=‖ rVert=‖ lfloor=⌊ rfloor=⌋ lceil=⌈ rceil=⌉
  langle=⟨ rangle=⟩ lbrace={ rbrace=} backslash=\\ quad=\u2003 bmod=mod`));

/** Those that take what stands below and above them. */
export const LARGE = new Map(pairs(`
  sum=∑ prod=∏ coprod=∐ int=∫ iint=∬ iiint=∭ oint=∮ bigcup=⋃ bigcap=⋂ bigoplus=⨁ bigotimes=⨂ bigvee=⋁ bigwedge=⋀`));

export const FUNCTIONS = new Set(`sin cos tan cot sec csc arcsin arccos arctan sinh cosh tanh log ln lg exp det dim ker deg
  gcd lcm hom arg Pr`.split(/\s+/));
export const LIMITS = new Set(["lim", "max", "min", "sup", "inf", "limsup", "liminf", "argmax", "argmin"]);

export const ACCENTS = new Map(pairs("hat=^ widehat=^ bar=¯ overline=‾ vec=→ tilde=~ widetilde=~ dot=˙ ddot=¨ check=ˇ overrightarrow=→ overbrace=⏞"));
export const BELOW = new Map(pairs("underline=_ underbrace=⏟"));
export const SPACES = new Map([[",", "0.17em"], [":", "0.22em"], [">", "0.22em"], [";", "0.28em"], ["!", "-0.17em"], [" ", "0.33em"], ["quad", "1em"], ["qquad", "2em"]]);

export const STYLES = new Map([["mathbb", "double-struck"], ["mathcal", "script"], ["mathscr", "script"], ["mathfrak", "fraktur"],
  ["mathbf", "bold"], ["boldsymbol", "bold"], ["bm", "bold"], ["mathrm", "normal"], ["mathit", "italic"], ["mathsf", "sans-serif"], ["mathtt", "monospace"]]);
export const TEXTS = new Set(["text", "textrm", "textbf", "textit", "textsf", "texttt", "mbox", "operatorname"]);

// Where the styled capitals and small letters begin; some had a place of their own before Unicode had the rest.
const STARTS = { "double-struck": [0x1d538, 0x1d552], script: [0x1d49c, 0x1d4b6], fraktur: [0x1d504, 0x1d51e], bold: [0x1d400, 0x1d41a],
  "sans-serif": [0x1d5a0, 0x1d5ba], monospace: [0x1d670, 0x1d68a] };
const PLACED = { "double-struck": { C: "ℂ", H: "ℍ", N: "ℕ", P: "ℙ", Q: "ℚ", R: "ℝ", Z: "ℤ" },
  script: { B: "ℬ", E: "ℰ", F: "ℱ", H: "ℋ", I: "ℐ", L: "ℒ", M: "ℳ", R: "ℛ", e: "ℯ", g: "ℊ", o: "ℴ" },
  fraktur: { C: "ℭ", H: "ℌ", I: "ℑ", R: "ℜ", Z: "ℨ" } };

/**
 * A letter in a style of mathematics, as the character that Unicode has for it.
 * @param {string} letter
 * @param {string} style
 */
export function styled(letter, style) {
  const placed = PLACED[style]?.[letter];
  const start = STARTS[style];
  if (placed || !start || !/^[A-Za-z]$/.test(letter)) return placed ?? letter;
  const capital = letter <= "Z";
  return String.fromCodePoint(start[capital ? 0 : 1] + letter.charCodeAt(0) - (capital ? 65 : 97));
}
