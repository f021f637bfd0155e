package dev.baton.kv;

/** The order of token slots and heads inside K or V of one layer. The ordinal is the code on the wire. */
public enum DimensionOrder {
    /** {@code [slot][head][row]}: tokens outside, heads inside. */
    NHD,
    /** {@code [head][slot][row]}: heads outside, tokens inside. */
    HND
}
