/** The sender's pure half: what is said to a receiver, and what is made of its answers. No clock, no thread, no I/O. */
package dev.baton.sender.core;
