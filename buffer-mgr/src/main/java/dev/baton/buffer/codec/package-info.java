/**
 * Makes block images smaller, and brings them back: from address to address, one block of one layer group at a time.
 * {@link dev.baton.buffer.codec.BlockCodec} is the door; {@link dev.baton.buffer.codec.Codec} what stands behind it.
 */
package dev.baton.buffer.codec;
