"""Audio plugins: backbones, Morse code, audio classification and speech recognition."""
