/** The shared secret and what is made of it: keys, proofs, seals. Knows bytes only, no message and no session. */
package dev.baton.transport.secret;
