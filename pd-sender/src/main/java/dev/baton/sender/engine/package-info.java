/** What an engine in the prefill role calls: begin, stage, chunkReady, finish, cancel, poll. */
package dev.baton.sender.engine;
