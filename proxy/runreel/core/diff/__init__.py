"""Compare two recordings of one program: find where they part, and nothing else.

The steps, and what each one is for:

1. ``align`` pairs the calls of both sides. Equal requests are the same call, and where several are
   equal, those that have the same ids.
2. ``exchange_probe`` compares each pair quickly. Most differ in ids and moments only.
3. ``ids`` takes the ids of all pairs as votes, and elects which id stands for which. The result is
   a bijection. A renamed id is no difference; an id that stands for another object is one.
4. ``recording`` pairs those calls anew that the ids tell apart after all.
5. ``changes`` compares in detail what is left, by JSON path, event and block. A change that later
   requests or answers repeat is reported where it first occurs.
"""
