"""`rodtrad bench`: what things cost, each beside the least they could, measured in the same run.

One module for each subject. Every figure is ours and its floor by turns (A B A B …), so that a
machine that is busy with something else slows both. It measures in databases of its own, never in
the one in use; what a floor is, is said in docs/performance.md.
"""
