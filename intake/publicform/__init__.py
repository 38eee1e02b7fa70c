"""The public form: anybody may send a lead by it, from a page of ours, by a snippet, or from a form of one's own."""
