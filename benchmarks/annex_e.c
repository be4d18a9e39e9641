/* Kernel of benchmarks/annex_e.py: exchanges of people's traits, judged by what they do to every cell of
 * Annex E by influence functions of the present fits. Python refits the logits after each call.
 *
 * A cell of a logit is a function of its people; to first order, what one person with columns x and outcome y
 * adds to it is  (h(x) - v)/n + r a.x  for coefficients and margins, r = y - p, and
 * (c r^2 (b.x)^2 - 2 w (b.x)(f.x) + r q.x + margins) / (2 s)  for standard errors. Python gives a, b, f, q.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define NA 26          /* attributes of a person that columns are made of */
#define MD 24          /* columns of a design but the months, at most */
#define MONTHS 16
#define NOUT 11        /* outcomes: 3 of anxiety, 3 of depression, 4 of benefits by month, 1 at the end */
enum { TREAT, ABOVE_M, TREAT_M, ABOVE_B, TREAT_B, GAD, PHQ, FEMALE_H, UNKNOWN, AGE, MOTIV, TIME, FEMALE_B, BENEFIT,
       PRIOR = BENEFIT + 8, WEST, BLACKPOOL, CONST };
enum { CELL_COEF, CELL_MARGIN, CELL_ERROR, CELL_MARGIN_ERROR };

typedef struct {
  int site, arm, month, female, unknown, gad, phq, time, prior, benefit, health, seen, onbenefit;
  int sgad, sphq, sben;             /* states, -1 where there is none */
  double age; int motivation, last_possible, spare;
} Person;

typedef struct {
  int panel, outcome, split, nd, ncell, first, nset, spare;
  int column[MD]; int excluded[MONTHS]; int barred[9];   /* month out, benefit out */
  int barred_unknown, spare2;
  double n, small, beta[MD], month[MONTHS];
} Model;

typedef struct {
  int kind, nset, spare[2];
  int setting_column[4][3]; double setting_value[4][3]; int setting_n[4]; double sign[4];
  double value;
  double a[MD], am[MONTHS], b[MD], bm[MONTHS], f[MD], fm[MONTHS], q[MD], qm[MONTHS];
} Cell;

typedef struct { int attribute, sample, spare[2]; double lin[2], quad[2], centre[2]; } Balance;

typedef struct {
  int n, nmodel, ncell, nbal, R, nmax;
  Person *p; Model *m; Cell *c; Balance *b;
  const int *gadOK, *phqOK;       /* (score x 5) */
  const double *M; const float *Mf;  /* R x R metric */
  const double *target, *half; double *v, *g;
  double median_m, median_b; int monthmax, missing_first;
  int block[6];                    /* first cell of each panel, then of the balance rows, then R */
} World;

static const int HEALTH[5][3] = {{0,0,0},{0,0,1},{0,1,1},{1,1,1},{1,0,1}};
static const int OFF[5][4] = {{0,0,0,0},{0,0,0,1},{0,0,1,1},{0,1,1,1},{1,1,1,1}};

#define KINDS 26
static unsigned long long rs;
static double U(void) { rs ^= rs << 13; rs ^= rs >> 7; rs ^= rs << 17; return (rs >> 11) * (1.0 / 9007199254740992.0); }

static int y_of(const Person *p, int o) {
  if (o < 3) return HEALTH[p->sgad][o];
  if (o < 6) return HEALTH[p->sphq][o - 3];
  if (o < 10) return OFF[p->sben % 5][o - 6];
  return p->sben / 5;
}

static void attributes(const World *w, const Person *p, double *A) {
  memset(A, 0, NA * sizeof *A);
  double t = p->arm, am = p->motivation >= w->median_m, ab = p->prior >= w->median_b;
  A[TREAT] = t; A[ABOVE_M] = am; A[TREAT_M] = t * am; A[ABOVE_B] = ab; A[TREAT_B] = t * ab;
  A[GAD] = p->gad; A[PHQ] = p->phq; A[FEMALE_H] = p->female && !p->unknown; A[UNKNOWN] = p->unknown;
  A[AGE] = p->age; A[MOTIV] = p->motivation; A[TIME] = p->time; A[FEMALE_B] = p->female;
  if (p->benefit < 8) A[BENEFIT + p->benefit] = 1;
  A[PRIOR] = p->prior; A[WEST] = p->site == 1; A[BLACKPOOL] = p->site == 2; A[CONST] = 1;
}

static int in_model(const Model *m, const Person *p) {
  if (m->outcome < 6 ? !p->health : !p->onbenefit) return 0;
  if (m->panel < 3 && p->site != m->panel) return 0;
  if (m->excluded[p->month]) return 0;
  if (m->outcome == 10 && p->benefit < 8 && m->barred[p->benefit]) return 0;
  if (m->barred_unknown && p->unknown) return 0;
  return 1;
}

static double expit(double x) { if (x > 35) x = 35; if (x < -35) x = -35; return 1 / (1 + exp(-x)); }
static double dot(const double *u, const double *x, int n) { double s = 0; for (int k = 0; k < n; k++) s += u[k] * x[k]; return s; }

static void add_model(const World *w, const Model *m, const Person *p, const double *A, double scale, double *out) {
  double x[MD]; int nd = m->nd, mo = p->month;
  for (int k = 0; k < nd; k++) x[k] = A[m->column[k]];
  double e = dot(m->beta, x, nd) + m->month[mo], pr = expit(e), r = y_of(p, m->outcome) - pr, wt = pr * (1 - pr);
  double p_s[4], last[4] = {0}; int have = 0; const Cell *shape = 0;
  for (int i = 0; i < m->ncell; i++) {
    const Cell *c = w->c + m->first + i; double z;
    if (c->kind == CELL_COEF) z = r * (dot(c->a, x, nd) + c->am[mo]);
    else if (c->kind == CELL_ERROR) {
      double near = dot(c->b, x, nd) + c->bm[mo], far = dot(c->f, x, nd) + c->fm[mo], pull = dot(c->q, x, nd) + c->qm[mo];
      z = (m->small * r * r * near * near - 2 * wt * near * far + r * pull) / (2 * c->value);
    } else {
      (void)have; (void)last; (void)shape;
      double h = 0, direct = 0, f0 = 0;
      if (c->kind == CELL_MARGIN_ERROR) f0 = dot(c->f, x, nd) + c->fm[mo];
      for (int s = 0; s < c->nset; s++) {
        double es = e, fs = f0;
        for (int k = 0; k < c->setting_n[s]; k++) {
          int j = c->setting_column[s][k]; double d = c->setting_value[s][k] - x[j];
          es += m->beta[j] * d; fs += c->f[j] * d;
        }
        p_s[s] = expit(es); h += c->sign[s] * p_s[s]; direct += c->sign[s] * p_s[s] * (1 - p_s[s]) * fs;
      }
      if (c->kind == CELL_MARGIN) z = (h - c->value) / m->n + r * (dot(c->a, x, nd) + c->am[mo]);
      else {
        double near = dot(c->b, x, nd) + c->bm[mo], far = f0, pull = dot(c->q, x, nd) + c->qm[mo];
        z = (m->small * r * r * near * near - 2 * wt * near * far + r * pull + 2 * direct / m->n) / (2 * c->value);
      }
    }
    out[m->first + i] += scale * z;
  }
}

/* family bits: 1 anxiety, 2 depression, 4 off by months, 8 end */
static int family(int o) { return o < 3 ? 1 : o < 6 ? 2 : o < 10 ? 4 : 8; }

static void add_person(const World *w, const Person *p, int mask, double scale, double *out) {
  double A[NA]; attributes(w, p, A);
  for (int k = 0; k < w->nmodel; k++) {
    const Model *m = w->m + k;
    if ((family(m->outcome) & mask) && in_model(m, p)) add_model(w, m, p, A, scale, out);
  }
  double *o = out + w->ncell;
  for (int k = 0; k < w->nbal; k++) {
    const Balance *b = w->b + k;
    if (b->sample ? !p->onbenefit : !p->seen) continue;
    double d = A[b->attribute] - b->centre[p->arm];
    o[k] += scale * (b->lin[p->arm] * d + b->quad[p->arm] * d * d);
  }
}

void influence(const World *w, int i, double *out) { add_person(w, w->p + i, 15, 1.0, out); }

/* Slopes of all cells by age, time and prior days of each person, times unit: out (nvar x R), variables in order. */
long slopes(World *w, const int *who, const int *what, long nvar, const double *unit, float *out) {
  double *t = malloc(w->R * sizeof *t);
  for (long k = 0; k < nvar; k++) {
    Person *p = w->p + who[k], old = *p; int mask = what[k] == 0 ? 15 : what[k] == 1 ? 3 : 8;
    memset(t, 0, w->R * sizeof *t);
    double h = what[k] == 0 ? 0.02 : 0;
    if (what[k] == 0) { p->age = old.age + h; add_person(w, p, mask, 1, t); p->age = old.age - h; add_person(w, p, mask, -1, t); h *= 2; }
    else if (what[k] == 1) { p->time = old.time + 1; add_person(w, p, mask, 1, t); p->time = old.time - 1; add_person(w, p, mask, -1, t); h = 2; }
    else { int up = old.prior + 10 >= w->median_b && old.prior < w->median_b ? -10 : 10;
           if (up > 0 || !(old.prior >= w->median_b && old.prior - 10 < w->median_b)) {
             p->prior = old.prior + up; add_person(w, p, mask, 1, t); p->prior = old.prior; add_person(w, p, mask, -1, t); h = up; } else h = 1; }
    *p = old;
    for (int r = 0; r < w->R; r++) out[k * w->R + r] = (float)(t[r] / h * unit[k]);
  }
  free(t); return nvar;
}

/* Counts of a site's month by outcome: sizes must stay where anything is flat, and what is flat must stay so. */
static int size_[3][2][MONTHS], ones_[3][NOUT][MONTHS], flat_[3][NOUT][MONTHS];
static int rare_n[4][9], rare_y[4][9], rare_flat[4][9];  /* benefit by panel: people and those off at the end */
static void count(const World *w) {
  memset(size_, 0, sizeof size_); memset(ones_, 0, sizeof ones_); memset(rare_n, 0, sizeof rare_n); memset(rare_y, 0, sizeof rare_y);
  for (int i = 0; i < w->n; i++) {
    const Person *p = w->p + i;
    if (p->health) { size_[p->site][0][p->month]++; for (int o = 0; o < 6; o++) ones_[p->site][o][p->month] += y_of(p, o); }
    if (p->onbenefit) { size_[p->site][1][p->month]++; for (int o = 6; o < NOUT; o++) ones_[p->site][o][p->month] += y_of(p, o);
      rare_n[p->site][p->benefit]++; rare_y[p->site][p->benefit] += y_of(p, 10); rare_n[3][p->benefit]++; rare_y[3][p->benefit] += y_of(p, 10); }
  }
}
static int is_flat(int s, int o, int m) { int n = size_[s][o >= 6][m], k = ones_[s][o][m]; return k == 0 || k == n; }
static void put(const Person *p, int d) {
  if (p->health) { size_[p->site][0][p->month] += d; for (int o = 0; o < 6; o++) ones_[p->site][o][p->month] += d * y_of(p, o); }
  if (p->onbenefit) { size_[p->site][1][p->month] += d; for (int o = 6; o < NOUT; o++) ones_[p->site][o][p->month] += d * y_of(p, o);
    int e = d * y_of(p, 10); rare_n[p->site][p->benefit] += d; rare_y[p->site][p->benefit] += e; rare_n[3][p->benefit] += d; rare_y[3][p->benefit] += e; }
}
static int base_size[3][2][MONTHS], base_ones[3][NOUT][MONTHS];
static int pattern_holds(const Person *const *who, int k) {
  for (int i = 0; i < k; i++) {
    const Person *p = who[i]; int s = p->site, m = p->month;
    for (int f = 0; f < 2; f++) {
      if (f ? !p->onbenefit : !p->health) continue;
      int any = 0;
      for (int o = f ? 6 : 0; o < (f ? NOUT : 6); o++) {
        if (is_flat(s, o, m) != flat_[s][o][m] || (flat_[s][o][m] && ones_[s][o][m] != base_ones[s][o][m])) return 0;
        any |= flat_[s][o][m];
      }
      if (any && size_[s][f][m] != base_size[s][f][m]) return 0;
    }
    if (p->onbenefit && p->benefit < 8)
      for (int q = 0; q < 4; q++) if (q == 3 || q == s) {
        int k2 = rare_y[q][p->benefit], fl = k2 == 0 || k2 == rare_n[q][p->benefit];
        if (fl != rare_flat[q][p->benefit]) return 0;
      }
  }
  return 1;
}
static int end_fits(const World *w, const Person *p) {
  if (!p->onbenefit || p->sben < 5) return 1;
  const int *o = OFF[p->sben % 5];
  if (p->month > w->missing_first + 3 * (o[0] + o[1] + o[2] + o[3])) return 0;
  if (p->benefit < 8) { int b = p->benefit; if (b >= 4) return 0; if (b < 2 && p->site != 0) return 0; }
  return 1;
}
static int fits(const World *w, const Person *p) {
  if (p->age < 18.02 || p->age > 69.98 || p->motivation < 7 || p->motivation > 49) return 0;
  if (p->gad < 1 || p->gad > 21 || p->phq < 1 || p->phq > 27 || p->prior < 1 || p->prior > 6000 || p->time < 1) return 0;
  if (p->time > p->last_possible + (int)floor(30.4 * (w->monthmax - p->month) + 0.0)) return 0;
  if (p->health && (!w->gadOK[p->gad * 5 + p->sgad] || !w->phqOK[p->phq * 5 + p->sphq])) return 0;
  return end_fits(w, p);
}

/* One exchange of a kind between i and j of one site; returns the families it touches, 0 where there is none. */
static int propose(World *w, Person *a, Person *b, int kind, double size) {
  int t; double d;
  /* Whom a rare benefit predicts is left out of a model, once: they stay where they are. */
  int rare = (a->benefit < 8 && a->benefit != 2 && a->benefit != 3) || (b->benefit < 8 && b->benefit != 2 && b->benefit != 3);
  if (rare && (kind == 7 || kind == 8 || kind == 18) && a->month != b->month) return 0;
  switch (kind) {
  case 0: d = size * 6 * (U() + U() + U() - 1.5); t = (int)floor(a->age * 365.25 + .5); a->age = floor(a->age * 365.25 + d * 365.25 + .5) / 365.25; return 16 | 15;
  case 1: d = a->age; a->age = b->age; b->age = d; return 15;
  case 2: t = 1 + (int)(U() * 3); d = U() < .5 ? -t : t;
          { int was = a->motivation >= w->median_m; a->motivation += (int)d; if (was != (a->motivation >= w->median_m)) return 0; } return 16 | 15;
  case 3: if (a->motivation == b->motivation) return 0;
          if ((a->motivation >= w->median_m) != (b->motivation >= w->median_m) && a->onbenefit != b->onbenefit) return 0;
          t = a->motivation; a->motivation = b->motivation; b->motivation = t; return 15;
  case 4: if (!a->health) return 0; t = U() < .5 ? -1 : 1; a->gad += t; return 16 | 1;
  case 5: if (!a->health) return 0; t = U() < .5 ? -1 : 1; a->phq += t; return 16 | 2;
  case 6: if (!a->health) return 0; d = size * 200 * (U() - .5); t = (int)d; if (!t) t = d < 0 ? -1 : 1; a->time += t; return 16 | 3;
  case 7: if (a->month == b->month || a->health != b->health || a->onbenefit != b->onbenefit) return 0; t = a->month; a->month = b->month; b->month = t; return 15;
  case 8: if (a->month == b->month) return 0; a->month = b->month; return 16 | 15;
  case 9: if (a->arm == b->arm || a->health != b->health || a->seen != b->seen || a->onbenefit != b->onbenefit || a->sgad != b->sgad || a->sphq != b->sphq || a->sben != b->sben || a->spare != b->spare) return 0;
          if (!!a->female != !!b->female || a->unknown != b->unknown) { /* shares of women are printed by arm */ return 0; }
          t = a->arm; a->arm = b->arm; b->arm = t; return 15;
  case 10: if (a->arm != b->arm || a->female == b->female || a->seen != b->seen || a->onbenefit != b->onbenefit || a->unknown != b->unknown) return 0;
          t = a->female; a->female = b->female; b->female = t; return 15;
  case 11: if (a->arm != b->arm || a->unknown == b->unknown || a->seen != b->seen || a->female != b->female) return 0;
          t = a->unknown; a->unknown = b->unknown; b->unknown = t; return 15;
  case 12: if (!a->health || !b->health || a->arm != b->arm || a->sgad == b->sgad) return 0; t = a->sgad; a->sgad = b->sgad; b->sgad = t; return 1;
  case 13: if (!a->health || !b->health || a->arm != b->arm || a->sphq == b->sphq) return 0; t = a->sphq; a->sphq = b->sphq; b->sphq = t; return 2;
  case 14: if (!a->onbenefit || !b->onbenefit || a->arm != b->arm || a->sben == b->sben) return 0; t = a->sben; a->sben = b->sben; b->sben = t; return 12;
  case 15: if (!a->health || !a->arm) return 0; t = (int)(U() * 5); if (t == a->sgad) return 0; a->sgad = t; return 16 | 1;
  case 16: if (!a->health || !a->arm) return 0; t = (int)(U() * 5); if (t == a->sphq) return 0; a->sphq = t; return 16 | 2;
  case 17: if (!a->onbenefit || !a->arm) return 0; t = (int)(U() * 5) + 5 * (a->sben / 5); if (t == a->sben) return 0; a->sben = t; return 16 | 4;
  case 18: if (!a->onbenefit || !b->onbenefit || a->benefit == b->benefit) return 0; t = a->benefit; a->benefit = b->benefit; b->benefit = t; return 8;
  case 19: if ((a->prior >= w->median_b) != (b->prior >= w->median_b) && a->onbenefit != b->onbenefit) return 0; t = a->prior; a->prior = b->prior; b->prior = t; return 8;
  case 20: { int was = a->prior >= w->median_b; d = size * 2000 * (U() - .5); t = (int)d; if (!t) t = 1; a->prior += t; if (was != (a->prior >= w->median_b)) return 0; return 16 | 8; }
  case 21: if (a->seen != b->seen || !a->health || !b->health) return 0; t = a->gad; a->gad = b->gad; b->gad = t; return 1;
  case 22: if (a->seen != b->seen || !a->health || !b->health) return 0; t = a->phq; a->phq = b->phq; b->phq = t; return 2;
  case 23: if (!a->health || !b->health) return 0; t = a->time; a->time = b->time; b->time = t; return 3;
  case 24: /* one outcome by months of a and b exchanged, the end kept */
          if (!a->onbenefit || !b->onbenefit || a->arm != b->arm || a->sben % 5 == b->sben % 5) return 0;
          { int x = a->sben % 5, y = b->sben % 5; a->sben = a->sben / 5 * 5 + y; b->sben = b->sben / 5 * 5 + x; return 4; }
  case 25: if (!a->onbenefit || !b->onbenefit || a->arm != b->arm || a->sben / 5 == b->sben / 5) return 0;
          { int x = a->sben / 5, y = b->sben / 5; a->sben = a->sben % 5 + 5 * y; b->sben = b->sben % 5 + 5 * x; return 8; }
  }
  return 0;
}


/* How unlike two people are: exchanges between the like are small, and only small ones help in the end. */
static double unlike(const World *w, const Person *a, const Person *b) {
  double u = 3 * (a->arm != b->arm) + 3 * (a->month != b->month) + 2 * (a->female != b->female);
  if (a->health != b->health) u += 2;
  if (a->health && b->health) u += 2 * (a->sgad != b->sgad) + 2 * (a->sphq != b->sphq) + abs(a->gad - b->gad) / 6. +
    abs(a->phq - b->phq) / 6. + abs(a->time - b->time) / 150. + (a->unknown != b->unknown);
  if (a->onbenefit != b->onbenefit) u += 2;
  if (a->onbenefit && b->onbenefit) u += .7 * abs(a->sben % 5 - b->sben % 5) + 1.5 * (a->sben / 5 != b->sben / 5) +
    abs(a->prior - b->prior) / 2000. + .7 * (a->benefit != b->benefit) + ((a->prior >= w->median_b) != (b->prior >= w->median_b));
  return u + fabs(a->age - b->age) / 8 + abs(a->motivation - b->motivation) / 8. +
    2 * ((a->motivation >= w->median_m) != (b->motivation >= w->median_m));
}

static int likest(World *w, int i, int kind, int lo, int hi, const int *order, int tries) {
  int best = -1; double least = 1e9; Person *a = w->p + i;
  unsigned long long kept = rs;
  for (int t = 0; t < tries; t++) {
    int j = order[w->n + lo + (int)(U() * (hi - lo))]; if (j == i) continue;
    Person pa = *a, pb = w->p[j]; kept = rs; int ok = propose(w, &pa, &pb, kind, 1); rs = kept; U();
    if (!ok) continue;
    double u = unlike(w, a, w->p + j); if (u < least) { least = u; best = j; }
  }
  return best;
}

/* An exchange that has been made: whom, of what kind, as they were before, the families it touches. */
typedef struct { int i, j, kind, one, touches, families; Person before[2]; } Exchange;

static void tell(World *w, const Exchange *x, int d) {
  put(x->before, -d); put(w->p + x->i, d);
  if (!x->one) { put(x->before + 1, -d); put(w->p + x->j, d); }
}

static void undo(World *w, const Exchange *x) {
  if (x->touches) tell(w, x, -1);
  w->p[x->i] = x->before[0]; w->p[x->j] = x->before[1];
}

/* Draw an exchange and make it; returns whether people, months and benefits stay possible, else nothing changes. */
static int draw(World *w, const double *mix, int only_site, const int *order, const int *start, long *tally, Exchange *x) {
  double u = U(); int kind = 0; while (kind < KINDS - 1 && u > mix[kind]) kind++;
  int i = (int)(U() * w->n); Person *a = w->p + i;
  if (only_site >= 0 && a->site != only_site) return 0;
  int lo = start[a->site], hi = start[a->site + 1];
  double q = U(); int tries = q < .1 ? 1 : q < .4 ? 12 : q < .8 ? 50 : 150;
  int alone = kind == 0 || kind == 2 || (kind >= 4 && kind <= 6) || (kind >= 15 && kind <= 17) || kind == 20;
  int j = alone ? order[w->n + lo + (int)(U() * (hi - lo))] : likest(w, i, kind, lo, hi, order, tries);
  if (j < 0 || i == j) return 0;
  Person *b = w->p + j; x->i = i; x->j = j; x->kind = kind; x->before[0] = *a; x->before[1] = *b; tally[kind]++;
  int m = propose(w, a, b, kind, exp(-3 * U())); x->one = m & 16; x->families = m & 15;
  x->touches = kind >= 7 && kind != 10 && kind != 11 && !(kind >= 19 && kind <= 23);
  if (!x->families || !fits(w, a) || (!x->one && !fits(w, b))) { *a = x->before[0]; *b = x->before[1]; return 0; }
  if (x->touches) {
    tell(w, x, 1);
    const Person *who[4] = {x->before, a, x->before + 1, b};
    if (!pattern_holds(who, x->one ? 2 : 4)) { undo(w, x); return 0; }
  }
  return 1;
}

/* What each person adds to each cell, as far as known, and the families of cells. */
typedef struct { double *added; char *known; int *family; } Cache;
static Cache cache_of(const World *w) {
  int R = w->R; Cache c = {calloc((size_t)w->n * R, sizeof(double)), calloc(w->n, 1), calloc(R, sizeof(int))};
  for (int k = 0; k < w->nmodel; k++) for (int l = 0; l < w->m[k].ncell; l++) c.family[w->m[k].first + l] = family(w->m[k].outcome);
  for (int k = w->ncell; k < R; k++) c.family[k] = 15;
  count(w); memcpy(base_size, size_, sizeof size_); memcpy(base_ones, ones_, sizeof ones_);
  for (int s = 0; s < 3; s++) for (int o = 0; o < NOUT; o++) for (int m = 0; m < MONTHS; m++) flat_[s][o][m] = is_flat(s, o, m);
  for (int q = 0; q < 4; q++) for (int k = 0; k < 9; k++) rare_flat[q][k] = rare_y[q][k] == 0 || rare_y[q][k] == rare_n[q][k];
  return c;
}
static void release(Cache *c) { free(c->added); free(c->known); free(c->family); }

/* By how many half windows an exchange moves each cell. */
static void change(World *w, const Exchange *x, Cache *c, double *d) {
  int R = w->R; memset(d, 0, R * sizeof *d);
  for (int z = 0; z < (x->one ? 1 : 2); z++) {
    int who = z ? x->j : x->i; double *old = c->added + (size_t)who * R;
    if (!c->known[who]) { memset(old, 0, R * sizeof *old); add_person(w, x->before + z, 15, 1, old); c->known[who] = 1; }
    add_person(w, w->p + who, x->families, 1, d);
    for (int k = 0; k < R; k++) d[k] -= c->family[k] & x->families ? old[k] : 0;
  }
  for (int k = 0; k < R; k++) d[k] /= w->half[k];
}

/* Annealing in the metric M about target; returns accepted exchanges. tally (2 x KINDS): proposed, accepted. */
long anneal(World *w, long steps, long most, double hot, double cold, unsigned long long seed, const double *mix, int only_site,
            const int *order, const int *start, long *tally, double *cost) {
  rs = seed * 2685821657736338717ULL + 88172645463325252ULL; for (int i = 0; i < 20; i++) U();
  int R = w->R; long accepted = 0;
  double *r = malloc(R * sizeof *r), *d = calloc(R, sizeof *d), *g = w->g; float *df = calloc(R + 8, sizeof *df);
  int seg[64][2]; Cache cache = cache_of(w); Exchange x;
  for (int k = 0; k < R; k++) r[k] = (w->v[k] - w->target[k]) / w->half[k];
  double c = 0; for (int k = 0; k < R; k++) { double t = 0; for (int j = 0; j < R; j++) t += w->M[(size_t)k * R + j] * r[j]; g[k] = t; c += t * r[k]; }
  double T = hot, cool = pow(cold / hot, 1.0 / steps);
  for (long st = 0; st < steps && accepted < most; st++) {
    T *= cool;
    if (!draw(w, mix, only_site, order, start, tally, &x)) continue;
    change(w, &x, &cache, d);
    int ns = 0, last = -100; double lin = 0;
    for (int k = 0; k < R; k++) {
      df[k] = (float)d[k];
      if (d[k] == 0) continue;
      lin += d[k] * g[k];
      if (k - last > 24 && ns < 63) { if (ns) seg[ns - 1][1] = last + 1; seg[ns++][0] = k; }
      last = k;
    }
    if (ns) seg[ns - 1][1] = last + 1;
    double limit = -T * log(U() + 1e-300), delta = 2 * lin; int ok = delta < limit;
    if (ok) {
      float quad = 0;
      for (int s = 0; s < ns; s++) for (int k = seg[s][0]; k < seg[s][1]; k++) {
        const float *row = w->Mf + (size_t)k * R; float t = 0;
        for (int y = 0; y <= s; y++) {
          float t2 = 0; const float *rr = row + seg[y][0], *dd = df + seg[y][0]; int len = seg[y][1] - seg[y][0];
          for (int l = 0; l < len; l++) t2 += rr[l] * dd[l];
          t += y < s ? 2 * t2 : t2;
        }
        quad += t * df[k];
      }
      delta += quad; ok = delta < limit;
    }
    if (!ok) { undo(w, &x); continue; }
    c += delta; accepted++; tally[KINDS + x.kind]++; cache.known[x.i] = 0; if (!x.one) cache.known[x.j] = 0;
    for (int s = 0; s < ns; s++) for (int k = seg[s][0]; k < seg[s][1]; k++) {
      w->v[k] += d[k] * w->half[k]; const float *row = w->Mf + (size_t)k * R; double f = d[k];
      if (f != 0) for (int l = 0; l < R; l++) g[l] += f * row[l];
    }
  }
  *cost = c; free(r); free(d); free(df); release(&cache);
  return accepted;
}

/* Of exchanges drawn at random, the best of each person at prices of cells (R, a gain for a half window), less of_size for
 * the root of the sum of squares of what it moves. Nobody is changed; score (n), whom and of what kind (n x 3), the two
 * afterwards (n x 2) and changes (n x R) are; returns how many were judged. */
long priced(World *w, long steps, unsigned long long seed, const double *mix, const int *order, const int *start,
            const double *price, double of_size, double *score, int *whom, Person *after, float *moved) {
  rs = seed * 2685821657736338717ULL + 88172645463325252ULL; for (int i = 0; i < 20; i++) U();
  int R = w->R; long judged = 0, tally[KINDS] = {0};
  double *d = calloc(R, sizeof *d); Cache cache = cache_of(w); Exchange x;
  for (long st = 0; st < steps; st++) {
    if (!draw(w, mix, -1, order, start, tally, &x)) continue;
    change(w, &x, &cache, d); judged++;
    double gain = 0, size = 0;
    for (int k = 0; k < R; k++) if (d[k] != 0) { gain += price[k] * d[k]; size += d[k] * d[k]; }
    gain -= of_size * sqrt(size);
    if (gain > score[x.i]) {
      score[x.i] = gain; whom[3 * x.i] = x.i; whom[3 * x.i + 1] = x.one ? -1 : x.j; whom[3 * x.i + 2] = x.kind;
      after[2 * x.i] = w->p[x.i]; after[2 * x.i + 1] = w->p[x.j];
      for (int k = 0; k < R; k++) moved[(size_t)x.i * R + k] = (float)d[k];
    }
    undo(w, &x);
  }
  free(d); release(&cache);
  return judged;
}
int sizes(int *out) { out[0] = sizeof(Person); out[1] = sizeof(Model); out[2] = sizeof(Cell); out[3] = sizeof(Balance); out[4] = sizeof(World); return KINDS; }
