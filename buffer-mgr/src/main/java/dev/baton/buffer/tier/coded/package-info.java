/** A block store whose records are encoded: smaller on their device, decoded and verified when they are loaded. */
package dev.baton.buffer.tier.coded;
