/** @type {AudioContext | undefined} */
let audio;

/** A short, soft tone; silence where the browser does not let pages sound before they were touched. */
export function beep() {
  audio ??= new AudioContext();
  audio.resume();
  const [tone, loudness] = [audio.createOscillator(), audio.createGain()];
  const now = audio.currentTime;
  tone.frequency.setValueAtTime(660, now);
  tone.frequency.setValueAtTime(880, now + 0.09);
  loudness.gain.setValueAtTime(0.12, now);
  loudness.gain.exponentialRampToValueAtTime(0.001, now + 0.28);
  tone.connect(loudness).connect(audio.destination);
  tone.start(now);
  tone.stop(now + 0.3);
}
