/** Measures the cores of this module from outside, where there may be a clock and chance. */
package dev.baton.buffer.bench;
